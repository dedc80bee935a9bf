// Owns the reports: how a time went beside the one before, by day or month, and what sold best.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api, body, download, type SalesOfPeriod } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Button, Failure, Panel, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toasts.tsx';
import { Figure } from '../today/today-page.tsx';

const SalesChart = lazy(() => import('./sales-chart.tsx').then(({ SalesChart: chart }) => ({ default: chart })));

const spans = [
  { name: 'days7', days: 7, by: 'day' },
  { name: 'days30', days: 30, by: 'day' },
  { name: 'days90', days: 90, by: 'week' },
  { name: 'year', days: 365, by: 'month' },
] as const;

/** A report that is being prepared comes by itself. */
const retryMs = 5_000;

export function ReportsPage() {
  const { t, config } = useShop();
  const [span, setSpan] = useState<(typeof spans)[number]>(spans[1]);
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: config.time_zone }).format(new Date());
  const from = new Date(Date.parse(today) - (span.days - 1) * 86_400_000).toISOString().slice(0, 10);
  const range = { from, to: today };
  const sales = useQuery({
    queryKey: ['sales', range, span.by],
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.error ? retryMs : false),
    queryFn: () =>
      body(api.GET('/api/v1/reports/sales/', { params: { query: { ...range, by: span.by, compare: 'previous' } } })),
  });
  const query = new URLSearchParams({ ...range, by: span.by, compare: 'previous' });
  return (
    <>
      <div className="title">
        <h1>{t.reports}</h1>
        <div className="row">
          <div className="tabs" role="group" aria-label={t.reports}>
            {spans.map((each) => (
              <button key={each.name} type="button" aria-pressed={each === span} onClick={() => setSpan(each)}>
                {t.report[each.name]}
              </button>
            ))}
          </div>
          <Button
            onPress={() =>
              void download(`/api/v1/reports/sales/?${query.toString()}`, 'sales.csv').catch((error: Error) =>
                toast(error.message, 'bad'),
              )
            }
          >
            <Download size={16} aria-hidden />
            {t.export}
          </Button>
        </div>
      </div>
      {sales.data ? (
        <Sales sales={sales.data} by={span.by} />
      ) : sales.isPending ? (
        <Skeleton />
      ) : (
        <Failure error={sales.error} retry={() => void sales.refetch()} />
      )}
      <div className="halves">
        <Best range={range} />
        <BestCategories range={range} />
      </div>
    </>
  );
}

const sum = (
  sales: readonly (SalesOfPeriod | NonNullable<SalesOfPeriod['previous']>)[],
  field: 'orders' | 'cancelled' | 'revenue' | 'new_customers',
) => sales.reduce((total, each) => total + each[field], 0);

function Sales({ sales, by }: { sales: readonly SalesOfPeriod[]; by: 'day' | 'week' | 'month' }) {
  const { t, money, count } = useShop();
  const before = sales.flatMap(({ previous }) => previous ?? []);
  const average = (of: typeof before) => {
    const orders = sum(of, 'orders') - sum(of, 'cancelled');
    return orders > 0 ? Math.round(sum(of, 'revenue') / orders) : 0;
  };
  const hint = (value: string) => fill(t.report.before, { value });
  return (
    <>
      <div className="figures">
        <Figure
          label={t.report.revenue}
          value={money(sum(sales, 'revenue'))}
          hint={hint(money(sum(before, 'revenue')))}
        />
        <Figure label={t.report.orders} value={count(sum(sales, 'orders'))} hint={hint(count(sum(before, 'orders')))} />
        <Figure label={t.report.average} value={money(average([...sales]))} hint={hint(money(average(before)))} />
        <Figure
          label={t.report.newCustomers}
          value={count(sum(sales, 'new_customers'))}
          hint={hint(count(sum(before, 'new_customers')))}
        />
      </div>
      <Panel title={t.report.revenue}>
        <Suspense fallback={<div className="chart" />}>
          <SalesChart sales={sales} by={by} />
        </Suspense>
      </Panel>
    </>
  );
}

interface Range {
  range: { from: string; to: string };
}

function Best({ range }: Range) {
  const { t } = useShop();
  const { data, error, isPending } = useQuery({
    queryKey: ['best', range],
    queryFn: () => body(api.GET('/api/v1/reports/products/', { params: { query: range } })),
  });
  return (
    <Panel title={t.report.best} flush>
      {isPending ? <Skeleton rows={5} /> : data ? <Sold rows={data} /> : <Failure error={error} />}
    </Panel>
  );
}

function BestCategories({ range }: Range) {
  const { t } = useShop();
  const { data, error, isPending } = useQuery({
    queryKey: ['best categories', range],
    queryFn: () => body(api.GET('/api/v1/reports/categories/', { params: { query: range } })),
  });
  return (
    <Panel title={t.report.categories} flush>
      {isPending ? <Skeleton rows={5} /> : data ? <Sold rows={data} /> : <Failure error={error} />}
    </Panel>
  );
}

const shown = 10;

function Sold({ rows }: { rows: readonly { name: string; quantity: number; revenue: number }[] }) {
  const { t, money, count } = useShop();
  if (rows.length === 0)
    return (
      <p className="quiet" style={{ padding: 16 }}>
        {t.report.none}
      </p>
    );
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t.product.name}</th>
          <th className="number">{t.report.sold}</th>
          <th className="number">{t.report.revenue}</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, shown).map(({ name, quantity, revenue }) => (
          <tr key={name}>
            <td className="name">{name}</td>
            <td className="number quiet">{count(quantity)}</td>
            <td className="number">{money(revenue)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
