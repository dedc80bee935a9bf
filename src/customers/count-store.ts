// Owns the SQL that counts customers by when they came.

import { type Kysely, sql } from 'kysely';
import { timeArray } from '../platform/arrays.ts';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';

/** How many came in each hour of these spans in which any did. @param timeZone IANA name */
export async function countNewCustomers(
  db: Kysely<Database>,
  spans: readonly { startsAt: Date; endsAt: Date }[],
  timeZone: string,
): Promise<{ startsAt: Date; count: number }[]> {
  if (spans.length === 0) return [];
  const { rows } = await sql<{ startsAt: Date; count: number }>`
    select date_trunc('hour', created_at, ${timeZone}) as "startsAt", count(*)::int as count
    from customers join unnest(${timeArray(spans.map(({ startsAt }) => startsAt))}::timestamptz[],
      ${timeArray(spans.map(({ endsAt }) => endsAt))}::timestamptz[]) as asked (starts_at, ends_at)
      on created_at >= starts_at and created_at < ends_at
    where customers.id >= ${earliestId(spans.map(({ startsAt }) => startsAt).reduce(earlier))}::uuid
    group by 1`.execute(db);
  return rows;
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);
