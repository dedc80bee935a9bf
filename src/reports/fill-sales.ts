// Owns filling the days that are over: one at a time, the newest first, and again those in which an order was cancelled since.

import type { Kysely } from 'kysely';
import { findFirstPlacedAt, listDaysCancelledSince, listProductSales } from '../orders/sales-store.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { addDays, localDay } from '../platform/local-time.ts';
import { cancellingTakesMs, readSales } from './add-up-sales.ts';
import { daySpan, daysOf } from './period.ts';
import { deleteDays, findLookedAt, insertDay, listFilledDays, saveLookedAt, takeFilling } from './sales-day-store.ts';

export interface FillSalesDeps {
  db: Kysely<Database>;
  clock: () => Date;
  /** IANA name. */
  timeZone: string;
}

const lookEveryMs = 60_000;
/** An order counts as placed when it arrives, and is on disk a little later. */
const graceMs = 10 * 60_000;

/** @returns a task that looks once a minute, and goes on while there are days to fill */
export function fillSales(deps: FillSalesDeps): () => Promise<boolean> {
  let lookAgainAt = 0;
  return async () => {
    const now = deps.clock();
    if (now.getTime() < lookAgainAt) return false;
    const didFill = await deps.db.transaction().execute((trx) => fillOne(trx, deps.timeZone, now));
    if (!didFill) lookAgainAt = now.getTime() + lookEveryMs;
    return didFill;
  };
}

async function fillOne(trx: Transaction, timeZone: string, now: Date): Promise<boolean> {
  if (!(await takeFilling(trx))) return false;
  await forgetChangedDays(trx, timeZone, now);
  const firstAt = await findFirstPlacedAt(trx);
  if (!firstAt) return false;
  const to = addDays(localDay(new Date(now.getTime() - graceMs), timeZone), -1);
  const from = localDay(firstAt, timeZone);
  if (from > to) return false;
  const filled = await listFilledDays(trx, { from, to }, timeZone);
  const day = daysOf({ from, to }).findLast((each) => !filled.has(each));
  if (day === undefined) return false;
  const spans = [daySpan(day, timeZone)];
  await insertDay(
    trx,
    { day, timeZone, filledAt: now },
    await readSales(trx, spans, timeZone),
    await listProductSales(trx, spans),
  );
  return true;
}

/** Once a minute: a day in which somebody cancels all the time must not keep the others from being filled. */
async function forgetChangedDays(trx: Transaction, timeZone: string, now: Date): Promise<void> {
  const lookedAt = await findLookedAt(trx);
  if (lookedAt && now.getTime() - lookedAt.getTime() < lookEveryMs) return;
  const since = lookedAt && new Date(lookedAt.getTime() - cancellingTakesMs);
  await deleteDays(trx, since ? await listDaysCancelledSince(trx, since, timeZone) : [], timeZone);
  await saveLookedAt(trx, now);
}
