// Owns the SQL that lists the orders of several people, the newest first, each walk along an index.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database } from '../platform/database.ts';
import type { Order } from './order.ts';
import { matches, newest, type OrderFilter, type OrdersTable, withLines } from './store.ts';

/** Those whose orders are listed. */
export interface People {
  /** A query of rows with `user_id`. */
  users: RawBuilder<unknown>;
  /** Conditions on a customer's id; none where the filter says it all. */
  isOne: { byLookUp: RawBuilder<unknown> | undefined; byReadingAll: RawBuilder<unknown> } | undefined;
}

/** The customer of the order that a condition of `People` is about. */
export const orderingCustomer = sql`recent.customer_id`;

/** The newest orders of any of these users, who are few. */
export const listOrdersOfUsers = (db: Kysely<Database>, userIds: string[], filter: OrderFilter, limit: number) =>
  listOrdersOfEach(db, sql`select * from unnest(${uuidArray(userIds)}::uuid[]) as given (user_id)`, filter, limit);

/** As many are looked at one by one: of each it is the newest orders, or those that have a status among all of theirs. */
export const fewPeople = ({ status }: OrderFilter): number => (status === undefined ? 200 : 50);

/** As many orders as are looked through, from the newest on, before each customer's are; of a status they are in one place. */
const recentOrders = ({ status }: OrderFilter): number => (status === undefined ? 20_000 : 100_000);
const newestOrders = 1_000;

/**
 * The newest orders of any of these people, who are many: most likely there are enough of them among the newest of all.
 * Where there aren't, everybody's newest are asked for.
 */
export async function listOrdersOfMany(
  db: Kysely<Database>,
  { users, isOne }: People,
  filter: OrderFilter,
  limit: number,
): Promise<Order[]> {
  const { phonePrefix, ...rest } = filter;
  const among = async (count: number, condition: RawBuilder<unknown>) => {
    const { rows } = await sql<{ id: string }>`
      select id from (
        select id, customer_id, phone_number from orders where ${newest(rest)} limit ${count}) as recent
      where ${condition} and ${phonePrefix === undefined ? sql`true` : startsWith(phonePrefix)}
      limit ${limit}`.execute(db);
    return rows.map(({ id }) => id);
  };
  const first = isOne?.byLookUp ? await among(newestOrders, isOne.byLookUp) : [];
  if (first.length === limit) return listNewestFirst(db, first);
  const count = recentOrders(filter);
  const recent = await among(count, isOne?.byReadingAll ?? sql`true`);
  if (recent.length < limit) {
    const more = await sql`select id from orders where ${newest(rest)} offset ${count} limit 1`.execute(db);
    if (more.rows.length > 0) return listOrdersOfEach(db, users, filter, limit);
  }
  return listNewestFirst(db, recent);
}

/**
 * The newest few of each, merged, so that no busy customer is read whole. A page of orders is of no more people than it has
 * orders: of those whose newest order is the newest.
 */
async function listOrdersOfEach(
  db: Kysely<Database>,
  users: RawBuilder<unknown>,
  filter: OrderFilter,
  limit: number,
): Promise<Order[]> {
  const theirs = sql`select id from orders where orders.user_id = one.user_id and ${matches({ ...filter, userId: undefined })} order by id desc`;
  const { rows } = await sql<{ id: string }>`
    with latest as materialized (
      select one.user_id, (${theirs} limit 1) as id from (${users}) as one
    ), one as materialized (
      select user_id from latest where id is not null order by id desc limit ${limit}
    )
    select newest.id from one cross join lateral (${theirs} limit ${limit}) as newest
    order by newest.id desc limit ${limit}`.execute(db);
  return listNewestFirst(
    db,
    rows.map(({ id }) => id),
  );
}

async function listNewestFirst(db: Kysely<Database>, ids: string[]): Promise<Order[]> {
  const { rows } = await sql<OrdersTable>`
    select * from orders where id = any(${uuidArray(ids)}::uuid[]) order by id desc`.execute(db);
  return withLines(db, rows);
}

const startsWith = (phonePrefix: string): RawBuilder<unknown> => sql`phone_number like ${`${phonePrefix}%`}`;
