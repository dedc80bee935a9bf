// Owns the chart of revenue by day, week or month.

import { useMemo } from 'react';
import type { SalesOfPeriod } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Bars } from '../../ui/bars.tsx';

export function SalesChart({ sales, by }: { sales: readonly SalesOfPeriod[]; by: 'day' | 'week' | 'month' }) {
  const { t, language } = useShop();
  const labels = useMemo(() => {
    const parts =
      by === 'month' ? ({ month: 'short', year: '2-digit' } as const) : ({ day: 'numeric', month: 'short' } as const);
    const format = new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...parts });
    return sales.map(({ period }) => format.format(new Date(period)));
  }, [sales, by, language]);
  const series = useMemo(
    () => [{ label: t.report.revenue, values: sales.map(({ revenue }) => revenue), colour: '--accent' }],
    [sales, t],
  );
  const format = useMemo(() => {
    const short = new Intl.NumberFormat(language, { notation: 'compact' });
    return (value: number) => short.format(value);
  }, [language]);
  return <Bars labels={labels} series={series} format={format} what={t.order.placed} />;
}
