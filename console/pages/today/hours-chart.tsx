// Owns the chart of today's hours beside last week's.

import { useMemo } from 'react';
import type { Today } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Bars } from '../../ui/bars.tsx';

export function HoursChart({ hours }: { hours: Today['hours'] }) {
  const { t, config, language, count } = useShop();
  const labels = useMemo(() => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: config.time_zone, hour: '2-digit' });
    return hours.map(({ period }) => `${format.format(new Date(period))}:00`);
  }, [hours, config]);
  const series = useMemo(
    () => [
      { label: t.now.weekAgo, values: hours.map((hour) => hour.last_week.revenue), colour: '--line-strong' },
      { label: t.now.thisDay, values: hours.map((hour) => hour.revenue), colour: '--accent' },
    ],
    [hours, t],
  );
  const format = useMemo(() => {
    const short = new Intl.NumberFormat(language, { notation: 'compact' });
    return (value: number) => (value < 1_000 ? count(value) : short.format(value));
  }, [language, count]);
  return <Bars labels={labels} series={series} format={format} what={t.now.hour} />;
}
