// Owns the SQL of what is still to be sent and what failed, as counts for operators.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
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
