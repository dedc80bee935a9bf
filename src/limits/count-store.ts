// Owns the SQL of the `request_counts` table.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { Shared, Unshared } from './request-counter.ts';

declare module '../platform/database.ts' {
  interface Database {
    request_counts: { key: string; count: number; ends_at: Date };
  }
}

/** Adds what was counted here to what others have. Windows go by the database's clock, and end when the first to tell said. */
export async function addCounts(db: Kysely<Database>, told: readonly Unshared[]): Promise<Shared[]> {
  const { rows } = await sql<Shared>`
    insert into request_counts (key, count, ends_at)
    select key, count, clock_timestamp() + left_ms * interval '1 millisecond'
    from unnest(${told.map(({ key }) => key)}::text[], ${told.map(({ count }) => count)}::int[],
      ${told.map(({ leftMs }) => Math.ceil(leftMs))}::int[]) as given (key, count, left_ms)
    order by key
    on conflict (key) do update set
      count = case when request_counts.ends_at <= clock_timestamp() then 0 else request_counts.count end + excluded.count,
      ends_at = case when request_counts.ends_at <= clock_timestamp() then excluded.ends_at else request_counts.ends_at end
    returning key, count, (extract(epoch from ends_at - clock_timestamp()) * 1000)::float8 as "leftMs"`.execute(db);
  return rows;
}

export async function deleteEndedCounts(db: Kysely<Database>): Promise<void> {
  await sql`delete from request_counts where ends_at < clock_timestamp()`.execute(db);
}
