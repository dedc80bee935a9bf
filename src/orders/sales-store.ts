// Owns the SQL that adds up what was ordered: by hour, by product, and which days a cancellation has changed since.

import { type Kysely, sql } from 'kysely';
import { arrayOf, timeArray, uuidArray } from '../platform/arrays.ts';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import { largestId, smallestId } from './store.ts';

/** A day of the shop: from its beginning to before its end. */
export interface DaySpan {
  /** As 2026-11-26. */
  day: string;
  startsAt: Date;
  endsAt: Date;
}

export interface HourlySales {
  day: string;
  /** Of the hour on the shop's wall. */
  startsAt: Date;
  /** All that were placed in it, those that were cancelled since among them. */
  orders: number;
  cancelled: number;
  /** That have come to their good end. */
  completed: number;
  /** Of those that are not cancelled. */
  revenueMinor: number;
  /** Pieces in those. */
  items: number;
}

export interface ProductSales {
  productId: string;
  /** As it was last sold. */
  name: string;
  quantity: number;
  revenueMinor: number;
  orders: number;
}

/** Within one request; ids of a moment may run a little ahead of its time. */
const slackMs = 60_000;

/** The asked days as rows: a bound on time is a bound on ids, and then looked at again. */
const asked = (days: readonly DaySpan[]) => sql`
  unnest(${arrayOf(days.map(({ day }) => day))}::date[],
    ${timeArray(days.map(({ startsAt }) => startsAt))}::timestamptz[], ${timeArray(days.map(({ endsAt }) => endsAt))}::timestamptz[],
    ${uuidArray(days.map(({ startsAt }) => earliestId(new Date(startsAt.getTime() - slackMs))))}::uuid[],
    ${uuidArray(days.map(({ endsAt }) => earliestId(new Date(endsAt.getTime() + slackMs))))}::uuid[])
    as asked (day, starts_at, ends_at, from_id, to_id)`;

/** @param timeZone IANA name; hours begin as clocks there show them */
export async function listHourlySales(
  db: Kysely<Database>,
  days: readonly DaySpan[],
  timeZone: string,
): Promise<HourlySales[]> {
  if (days.length === 0) return [];
  const { rows } = await sql<HourlySales>`
    select to_char(day, 'YYYY-MM-DD') as day, date_trunc('hour', created_at, ${timeZone}) as "startsAt", count(*)::int as orders,
      (count(*) filter (where status = 'cancelled'))::int as cancelled,
      (count(*) filter (where status = 'completed'))::int as completed,
      coalesce(sum(total_minor) filter (where status <> 'cancelled'), 0)::float8 as "revenueMinor",
      coalesce(sum(pieces) filter (where status <> 'cancelled'), 0)::float8 as items
    from ${asked(days)} cross join lateral (
      select created_at, status, orders.total_minor, pieces from orders join (
        select order_id, sum(quantity) as pieces from order_lines where order_id >= from_id and order_id < to_id group by order_id
      ) as content on order_id = orders.id
      where orders.id >= from_id and orders.id < to_id and created_at >= starts_at and created_at < ends_at) as placed
    group by 1, 2 order by 2`.execute(db);
  return rows;
}

/** What was sold of each product on these days together, orders that are not cancelled. */
export async function listProductSales(db: Kysely<Database>, days: readonly DaySpan[]): Promise<ProductSales[]> {
  if (days.length === 0) return [];
  const { rows } = await sql<ProductSales>`
    select product_id as "productId", (array_agg(name order by order_id desc))[1] as name, sum(quantity)::float8 as quantity,
      sum(total_minor)::float8 as "revenueMinor", count(distinct order_id)::int as orders
    from ${asked(days)} cross join lateral (
      select product_id, order_id, order_lines.name, quantity, order_lines.total_minor from orders join order_lines on order_id = orders.id
      where orders.id >= from_id and orders.id < to_id and order_id >= from_id and order_id < to_id
        and status <> 'cancelled' and created_at >= starts_at and created_at < ends_at) as sold
    group by product_id`.execute(db);
  return rows;
}

/** When the orders were placed that were cancelled since, by the day in a time zone. */
export async function listDaysCancelledSince(db: Kysely<Database>, since: Date, timeZone: string): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select distinct to_char(orders.created_at at time zone ${timeZone}, 'YYYY-MM-DD') as day
    from order_events join orders on orders.id = order_id
    where order_events.id >= ${earliestId(since)}::uuid and order_events.kind = 'status' and order_events.status = 'cancelled'
    order by day`.execute(db);
  return rows.map(({ day }) => day);
}

/** When the first order was placed; undefined before there is one. */
export async function findFirstPlacedAt(db: Kysely<Database>): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`select created_at as at from orders order by id limit 1`.execute(db);
  return rows[0]?.at;
}

/** At most this many are counted: whoever has more needs no exact number, and waits for none. */
export const countedAtMost = 10_000;

/**
 * How many orders are in each status that is not final, up to {@link countedAtMost}, and of those how many were placed before a
 * time. As a range of the index on (status, id): told `status = 'pending'` the planner walks all orders by their ids.
 */
export async function countOpenOrders(
  db: Kysely<Database>,
  statuses: readonly string[],
  before: Date,
): Promise<{ status: string; count: number; countBefore: number; oldestAt: Date | null }[]> {
  const { rows } = await sql<{ status: string; count: number; countBefore: number; oldestAt: Date | null }>`
    select status, count(id)::int as count, (count(id) filter (where id < ${earliestId(before)}::uuid))::int as "countBefore",
      min(created_at) as "oldestAt"
    from unnest(${sql.val([...statuses])}::text[]) as asked (status) left join lateral (
      select id, created_at from orders where (orders.status, id) >= (asked.status, ${smallestId}::uuid)
        and (orders.status, id) <= (asked.status, ${largestId}::uuid)
      order by orders.status, id limit ${countedAtMost}) as open on true
    group by status`.execute(db);
  return rows;
}
