// Owns what days come to: those that are filled as they were filled, today and those that a cancellation has changed since from orders.

import type { Kysely } from 'kysely';
import { countNewCustomers } from '../customers/count-store.ts';
import {
  type DaySpan,
  findFirstPlacedAt,
  listDaysCancelledSince,
  listHourlySales,
  listProductSales,
  type ProductSales,
} from '../orders/sales-store.ts';
import type { Database } from '../platform/database.ts';
import { localDay } from '../platform/local-time.ts';
import { Problem, type ProblemType } from '../platform/problem.ts';
import { type DayRange, daySpan, daysOf } from './period.ts';
import {
  type DatedSales,
  findLookedAt,
  listFilledDays,
  listProductsSold,
  listSales,
  type Sales,
} from './sales-day-store.ts';

export const reportNotReady: ProblemType = {
  slug: 'report-not-ready',
  status: 503,
  title: 'The report is being prepared',
  meaning:
    'Many days of this report are not added up yet, which a worker does once, the newest first. Repeat after `Retry-After` seconds.',
};

/** Reading so many days from orders is quick enough in a shop of any size that one database serves. */
const readAtMost = 40;
/** Longer than the transaction of a cancellation takes: its event has the time at which it began. */
export const cancellingTakesMs = 5 * 60_000;

interface Parts {
  filled: DayRange;
  /** Days within it that are not filled, or not as they are any more. */
  unfilled: string[];
  spans: DaySpan[];
}

/** @throws Problem report-not-ready */
async function partsOf(db: Kysely<Database>, range: DayRange, timeZone: string, now: Date): Promise<Parts> {
  const lookedAt = await findLookedAt(db);
  const since = lookedAt && new Date(lookedAt.getTime() - cancellingTakesMs);
  const changed = since ? await listDaysCancelledSince(db, since, timeZone) : [];
  const filled = lookedAt ? await listFilledDays(db, range, timeZone) : new Set<string>();
  const firstAt = await findFirstPlacedAt(db);
  const first = firstAt && localDay(firstAt, timeZone);
  const today = localDay(now, timeZone);
  for (const day of changed) filled.delete(day);
  const unfilled = daysOf(range).filter((day) => !filled.has(day));
  const read = unfilled.filter((day) => first !== undefined && day >= first && day <= today);
  if (read.length > readAtMost) {
    throw new Problem(reportNotReady, `${read.length} days are not added up yet.`, {
      headers: { 'retry-after': '10' },
    });
  }
  return { filled: range, unfilled, spans: read.map((day) => daySpan(day, timeZone)) };
}

/** As one transaction sees it: a day that is filled meanwhile is neither missing nor there twice. */
const atOnce = <T>(db: Kysely<Database>, work: (db: Kysely<Database>) => Promise<T>): Promise<T> =>
  db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);

/** Each hour, or day, in which anything happened. @throws Problem report-not-ready */
export function addUpSales(
  db: Kysely<Database>,
  range: DayRange,
  { timeZone, now, byHour }: { timeZone: string; now: Date; byHour: boolean },
): Promise<DatedSales[]> {
  return atOnce(db, async (trx) => {
    const { filled, unfilled, spans } = await partsOf(trx, range, timeZone, now);
    return [...(await listSales(trx, filled, unfilled, byHour)), ...(await readSales(trx, spans, timeZone))];
  });
}

/** @throws Problem report-not-ready */
export function addUpProducts(
  db: Kysely<Database>,
  range: DayRange,
  { timeZone, now }: { timeZone: string; now: Date },
): Promise<ProductSales[]> {
  return atOnce(db, async (trx) => {
    const { filled, unfilled, spans } = await partsOf(trx, range, timeZone, now);
    const products = new Map((await listProductsSold(trx, filled, unfilled)).map((each) => [each.productId, each]));
    for (const each of await listProductSales(trx, spans)) {
      const before = products.get(each.productId);
      products.set(each.productId, {
        ...each,
        quantity: each.quantity + (before?.quantity ?? 0),
        revenueMinor: each.revenueMinor + (before?.revenueMinor ?? 0),
        orders: each.orders + (before?.orders ?? 0),
      });
    }
    return [...products.values()];
  });
}

/** The hours of these days in which anything happened, from orders and customers themselves. */
export async function readSales(
  db: Kysely<Database>,
  spans: readonly DaySpan[],
  timeZone: string,
): Promise<(Sales & { day: string; startsAt: Date })[]> {
  const hours = new Map<number, Sales & { day: string; startsAt: Date }>(
    (await listHourlySales(db, spans, timeZone)).map((hour) => [hour.startsAt.getTime(), { ...hour, newCustomers: 0 }]),
  );
  for (const { startsAt, count } of await countNewCustomers(db, spans, timeZone)) {
    const nothing = { day: localDay(startsAt, timeZone), startsAt, orders: 0, cancelled: 0, revenueMinor: 0, items: 0 };
    hours.set(startsAt.getTime(), { ...(hours.get(startsAt.getTime()) ?? nothing), newCustomers: count });
  }
  return [...hours.values()];
}
