// Owns the report of messages: what became of them, with what they cost.

import type { Kysely } from 'kysely';
import type { Static } from 'typebox';
import { listDailyMessages } from '../messages/backlog-store.ts';
import { listCosts } from '../messages/cost-store.ts';
import type { Database } from '../platform/database.ts';
import { addDays, startOfLocalDay } from '../platform/local-time.ts';
import type { DayRange } from './period.ts';
import type { dailyMessagesSchema } from './schemas.ts';

type DailyMessagesJson = Static<typeof dailyMessagesSchema>;

/** A row for each day and channel; where two currencies were charged, the second has a row of its own without messages. */
export async function readMessages(
  db: Kysely<Database>,
  range: DayRange,
  timeZone: string,
): Promise<DailyMessagesJson[]> {
  const from = startOfLocalDay(range.from, timeZone);
  const to = startOfLocalDay(addDays(range.to, 1), timeZone);
  const rows: DailyMessagesJson[] = (await listDailyMessages(db, from, to, timeZone)).map((each) => ({
    ...each,
    cost: 0,
    currency: null,
  }));
  for (const { day, channel, amount, currency } of await listCosts(db, range.from, range.to)) {
    const cost = Number(amount);
    const row = rows.find((each) => each.day === day && each.channel === channel && each.currency === null);
    if (row) Object.assign(row, { cost, currency });
    else rows.push({ day, channel, sent: 0, delivered: 0, failed: 0, cost, currency });
  }
  return rows.toSorted((one, other) =>
    one.day === other.day ? (one.channel < other.channel ? 1 : -1) : one.day < other.day ? 1 : -1,
  );
}
