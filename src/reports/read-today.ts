// Owns what a person needs first: today beside the same day of last week, and what waits for somebody.

import type { Kysely } from 'kysely';
import { listRunningOut } from '../catalog/report-store.ts';
import { countNeedingAttention } from '../messages/backlog-store.ts';
import { isLast, orderStatuses } from '../orders/order.ts';
import { countedAtMost, countOpenOrders, type HourlySales, listHourlySales } from '../orders/sales-store.ts';
import type { Database } from '../platform/database.ts';
import { addDays, localDay, startOfLocalDay } from '../platform/local-time.ts';
import { toMajor } from '../platform/money.ts';
import { isoOrNull } from '../platform/shapes.ts';
import { daySpan, hoursOf } from './period.ts';
import type { TodayJson } from './schemas.ts';

export interface TodayDeps {
  now: Date;
  timeZone: string;
  decimals: number;
  waitingMinutes: number;
  lowStock: number;
}

const minuteMs = 60_000;
const shownOfLow = 10;

export async function readToday(db: Kysely<Database>, deps: TodayDeps): Promise<TodayJson> {
  const { now, timeZone, decimals } = deps;
  const day = localDay(now, timeZone);
  const weekAgo = addDays(day, -7);
  const soFar = { ...daySpan(weekAgo, timeZone), endsAt: sameTime(now, day, weekAgo, timeZone) };
  const today = await listHourlySales(db, [daySpan(day, timeZone)], timeZone);
  const lastWeek = await listHourlySales(db, [daySpan(weekAgo, timeZone)], timeZone);
  const lastWeekSoFar = await listHourlySales(db, [soFar], timeZone);
  const before = hoursOf(weekAgo, timeZone);
  const waitsSince = new Date(now.getTime() - deps.waitingMinutes * minuteMs);
  const open = await countOpenOrders(
    db,
    orderStatuses.filter((status) => !isLast(status)),
    waitsSince,
  );
  const pending = open.find(({ status }) => status === 'pending');
  const low = await listRunningOut(db, deps.lowStock, countedAtMost);
  return {
    day,
    ...sum(today, decimals),
    last_week: sum(lastWeekSoFar, decimals),
    hours: hoursOf(day, timeZone).map((startsAt, index) => ({
      period: startsAt.toISOString(),
      ...sum(today.filter(isAt(startsAt)), decimals),
      last_week: sum(lastWeek.filter(isAt(before[index])), decimals),
    })),
    by_status: orderStatuses.map((status) => ({
      status,
      orders: isLast(status)
        ? total(today, status === 'cancelled' ? 'cancelled' : 'completed')
        : (open.find((each) => each.status === status)?.count ?? 0),
    })),
    waiting: {
      orders: pending?.countBefore ?? 0,
      minutes: deps.waitingMinutes,
      oldest_at: pending && pending.countBefore > 0 ? isoOrNull(pending.oldestAt) : null,
    },
    failed_messages: await countNeedingAttention(db, countedAtMost),
    low_stock: {
      at: deps.lowStock,
      products: low.length,
      first: low.slice(0, shownOfLow).map(({ id, name, sku, onHand }) => ({ product: id, name, sku, stock: onHand })),
    },
  };
}

const isAt = (startsAt: Date | undefined) => (hour: HourlySales) => hour.startsAt.getTime() === startsAt?.getTime();

const total = (hours: readonly HourlySales[], field: 'orders' | 'cancelled' | 'completed' | 'revenueMinor'): number =>
  hours.reduce((sofar, hour) => sofar + hour[field], 0);

const sum = (hours: readonly HourlySales[], decimals: number) => ({
  orders: total(hours, 'orders'),
  revenue: toMajor(total(hours, 'revenueMinor'), decimals),
});

/** As far into one day as `now` is into another. */
function sameTime(now: Date, day: string, other: string, timeZone: string): Date {
  const intoMs = now.getTime() - startOfLocalDay(day, timeZone).getTime();
  return new Date(startOfLocalDay(other, timeZone).getTime() + intoMs);
}
