// Owns the SQL of what is still to be sent and what failed, as counts for operators.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import type { Channel, HeldFor } from './message.ts';

export interface BacklogPart {
  channel: Channel;
  status: 'queued' | 'sending' | 'failed';
  /** What queued messages wait for although nothing is wrong; null where they are just due or tried again. */
  heldFor: HeldFor | null;
  count: number;
  /** When the oldest of them was made; null for those that failed. */
  oldestCreatedAt: Date | null;
}

/** What is not sent, by channel, status and what it waits for. Read from partial indexes: sent messages cost nothing. */
export async function listBacklog(db: Kysely<Database>): Promise<BacklogPart[]> {
  const { rows } = await sql<BacklogPart>`
    select channel, status, held_for as "heldFor", count(*) as count, min(created_at) as "oldestCreatedAt"
    from messages where status in ('queued', 'sending') group by channel, status, held_for
    union all
    select channel, 'failed', null, count(*), null from messages where status = 'failed' group by channel
    order by channel desc, status, "heldFor" nulls first`.execute(db);
  return rows;
}

/** What failed for good and nobody has acknowledged, counted up to `most`. */
export async function countNeedingAttention(db: Kysely<Database>, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from messages where status = 'failed' and acknowledged_at is null and digest_id is null limit ${most}) as failed`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

export interface DailyMessages {
  day: string;
  channel: Channel;
  /** Handed over; those that arrived among them. */
  sent: number;
  delivered: number;
  failed: number;
}

/** What became of the messages that were made on these days, by day and channel. Those not sent yet are not among them. */
export async function listDailyMessages(
  db: Kysely<Database>,
  from: Date,
  to: Date,
  timeZone: string,
): Promise<DailyMessages[]> {
  const { rows } = await sql<DailyMessages>`
    select to_char(created_at at time zone ${timeZone}, 'YYYY-MM-DD') as day, channel,
      (count(*) filter (where status in ('sent', 'delivered')))::int as sent,
      (count(*) filter (where status = 'delivered'))::int as delivered, (count(*) filter (where status = 'failed'))::int as failed
    from messages where id >= ${earliestId(from)}::uuid and id < ${earliestId(to)}::uuid and digest_id is null
    group by 1, 2`.execute(db);
  return rows;
}
