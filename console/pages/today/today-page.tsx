// Owns the first page: how the day goes beside last week's, and what waits for somebody.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense } from 'react';
import { api, body, type Today } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Failure, Panel, Skeleton, StatusBadge } from '../../ui/parts.tsx';

// The library that draws comes only where something is drawn.
const HoursChart = lazy(() => import('./hours-chart.tsx').then(({ HoursChart: chart }) => ({ default: chart })));

const lookEveryMs = 15_000;

export function TodayPage() {
  const { t } = useShop();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['today'],
    queryFn: () => body(api.GET('/api/v1/reports/today/')),
    refetchInterval: lookEveryMs,
  });
  return (
    <>
      <div className="title">
        <h1>{t.today}</h1>
      </div>
      {isPending ? <Skeleton /> : data ? <Day today={data} /> : <Failure error={error} retry={() => void refetch()} />}
    </>
  );
}

function Day({ today }: { today: Today }) {
  const { t, money, count, may } = useShop();
  const { waiting, low_stock: low } = today;
  return (
    <>
      <div className="figures">
        <Figure
          label={t.now.revenue}
          value={money(today.revenue)}
          hint={fill(t.now.lastWeek, { value: money(today.last_week.revenue) })}
        />
        <Figure
          label={t.now.orders}
          value={count(today.orders)}
          hint={fill(t.now.lastWeek, { value: count(today.last_week.orders) })}
          {...(may('orders') && { to: '/orders' })}
        />
        <Figure
          label={t.now.waiting}
          value={count(waiting.orders)}
          hint={fill(t.now.waitingHint, { n: waiting.minutes })}
          {...(waiting.orders > 0 && { tone: 'warning' })}
          {...(may('orders') && { to: '/orders', search: { status: 'pending' } })}
        />
        <Figure
          label={t.now.failedMessages}
          value={count(today.failed_messages)}
          {...(today.failed_messages > 0 && { tone: 'danger' })}
          {...(may('messages') && { to: '/messages', search: { attention: true } })}
        />
      </div>
      <Panel title={t.now.byHour} end={<Legend />}>
        <Suspense fallback={<div className="chart" />}>
          <HoursChart hours={today.hours} />
        </Suspense>
      </Panel>
      <div className="halves">
        <Panel title={t.now.byStatus} flush>
          <table className="table">
            <tbody>
              {today.by_status.map(({ status, orders }) => (
                <tr key={status}>
                  <td>
                    <Link to="/orders" search={{ status: status as 'pending' }}>
                      <StatusBadge status={status as 'pending'} />
                    </Link>
                  </td>
                  <td className="number">{count(orders)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
        <Panel
          title={t.now.lowStock}
          flush
          end={<span className="quiet">{fill(t.now.lowStockHint, { n: low.at })}</span>}
        >
          {low.first.length === 0 ? (
            <p className="quiet" style={{ padding: 16 }}>
              {t.now.allWell}
            </p>
          ) : (
            <table className="table">
              <tbody>
                {low.first.map(({ product, name, stock }) => (
                  <tr key={product}>
                    <td className="name">{name}</td>
                    <td className="number">{fill(t.now.left, { n: count(stock) })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Panel>
      </div>
    </>
  );
}

function Legend() {
  const { t } = useShop();
  return (
    <div className="legend" aria-hidden>
      <span style={{ '--swatch': 'var(--accent)' } as React.CSSProperties}>{t.now.thisDay}</span>
      <span style={{ '--swatch': 'var(--line-strong)' } as React.CSSProperties}>{t.now.weekAgo}</span>
    </div>
  );
}

interface FigureProps {
  label: string;
  value: string;
  hint?: string;
  tone?: string;
  to?: string;
  search?: Record<string, unknown>;
}

export function Figure({ label, value, hint, tone, to, search }: FigureProps) {
  const content: ReactNode = (
    <>
      <span className="label">{label}</span>
      <span className="value" {...(tone !== undefined && { 'data-tone': tone })}>
        {value}
      </span>
      {hint !== undefined && <span className="quiet">{hint}</span>}
    </>
  );
  return to === undefined ? (
    <div className="panel figure">{content}</div>
  ) : (
    <Link to={to} search={search as never} className="panel figure">
      {content}
    </Link>
  );
}
