// Owns the SQL of sales added up by day: what is filled, what it comes to, and until when cancellations are known to it.

import { type Kysely, sql } from 'kysely';
import type { ProductSales } from '../orders/sales-store.ts';
import { arrayOf, textArray, timeArray, uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { DayRange } from './period.ts';

declare module '../platform/database.ts' {
  interface Database {
    sales_days: { day: string; time_zone: string; filled_at: Date };
    sales_hours: {
      starts_at: Date;
      day: string;
      orders: number;
      cancelled: number;
      revenue_minor: number;
      items: number;
      new_customers: number;
    };
    sales_products: {
      day: string;
      product_id: string;
      name: string;
      quantity: number;
      revenue_minor: number;
      orders: number;
    };
    sales_watch: { id: boolean; looked_at: Date };
  }
}

/** What was sold in some time. */
export interface Sales {
  /** All that were placed, those that were cancelled since among them. */
  orders: number;
  cancelled: number;
  /** Of those that are not cancelled. */
  revenueMinor: number;
  items: number;
  newCustomers: number;
}

/** @param startsAt of the hour; null for the whole day */
export type DatedSales = Sales & { day: string; startsAt: Date | null };

/** True for whoever is first to ask until the transaction ends: two who fill the same day would only wait for each other. */
export async function takeFilling(trx: Transaction): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('sales by day')) as taken`.execute(trx);
  return rows[0]?.taken === true;
}

/** Until when cancellations are known; undefined before anybody looked. */
export async function findLookedAt(db: Kysely<Database>): Promise<Date | undefined> {
  const row = await db.selectFrom('sales_watch').select('looked_at').executeTakeFirst();
  return row?.looked_at;
}

export async function saveLookedAt(trx: Transaction, at: Date): Promise<void> {
  await sql`insert into sales_watch (looked_at) values (${at})
    on conflict (id) do update set looked_at = excluded.looked_at`.execute(trx);
}

/** The days that are filled, by this time zone's clocks. */
export async function listFilledDays(
  db: Kysely<Database>,
  { from, to }: DayRange,
  timeZone: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ day: string }>`
    select to_char(day, 'YYYY-MM-DD') as day from sales_days
    where day between ${from}::date and ${to}::date and time_zone = ${timeZone}`.execute(db);
  return new Set(rows.map(({ day }) => day));
}

/** Takes away the days that are not what they were: these, and all that were filled by another time zone's clocks. */
export async function deleteDays(trx: Transaction, days: readonly string[], timeZone: string): Promise<void> {
  await sql`delete from sales_days where day = any(${arrayOf(days)}::date[]) or time_zone <> ${timeZone}`.execute(trx);
}

export async function insertDay(
  trx: Transaction,
  day: { day: string; timeZone: string; filledAt: Date },
  hours: readonly (Sales & { startsAt: Date })[],
  products: readonly ProductSales[],
): Promise<void> {
  await sql`insert into sales_days (day, time_zone, filled_at) values (${day.day}::date, ${day.timeZone}, ${day.filledAt})`.execute(
    trx,
  );
  await sql`insert into sales_hours (day, starts_at, orders, cancelled, revenue_minor, items, new_customers)
    select ${day.day}::date, * from unnest(
      ${timeArray(hours.map(({ startsAt }) => startsAt))}::timestamptz[], ${arrayOf(hours.map(({ orders }) => orders))}::int[],
      ${arrayOf(hours.map(({ cancelled }) => cancelled))}::int[],
      ${arrayOf(hours.map(({ revenueMinor }) => revenueMinor))}::bigint[],
      ${arrayOf(hours.map(({ items }) => items))}::bigint[],
      ${arrayOf(hours.map(({ newCustomers }) => newCustomers))}::int[])`.execute(trx);
  await sql`insert into sales_products (day, product_id, name, quantity, revenue_minor, orders)
    select ${day.day}::date, * from unnest(
      ${uuidArray(products.map(({ productId }) => productId))}::uuid[], ${textArray(products.map(({ name }) => name))}::text[],
      ${arrayOf(products.map(({ quantity }) => quantity))}::bigint[],
      ${arrayOf(products.map(({ revenueMinor }) => revenueMinor))}::bigint[],
      ${arrayOf(products.map(({ orders }) => orders))}::int[])`.execute(trx);
}

/** What these days come to, each hour or each whole day by itself; those in which nothing happened are missing. */
export async function listSales(
  db: Kysely<Database>,
  { from, to }: DayRange,
  but: readonly string[],
  byHour: boolean,
): Promise<DatedSales[]> {
  const startsAt = byHour ? sql`starts_at` : sql`null::timestamptz`;
  const { rows } = await sql<DatedSales>`
    select to_char(day, 'YYYY-MM-DD') as day, ${startsAt} as "startsAt", sum(orders)::int as orders, sum(cancelled)::int as cancelled,
      sum(revenue_minor)::float8 as "revenueMinor", sum(items)::float8 as items, sum(new_customers)::int as "newCustomers"
    from sales_hours
    where day between ${from}::date and ${to}::date and day <> all(${arrayOf(but)}::date[])
    group by 1, 2`.execute(db);
  return rows;
}

/** What was sold of each product on these days together. */
export async function listProductsSold(
  db: Kysely<Database>,
  { from, to }: DayRange,
  but: readonly string[],
): Promise<ProductSales[]> {
  const { rows } = await sql<ProductSales>`
    select product_id as "productId", substr(max((day::text || name) collate "C"), 11) as name, sum(quantity)::float8 as quantity,
      sum(revenue_minor)::float8 as "revenueMinor", sum(orders)::int as orders
    from sales_products
    where day between ${from}::date and ${to}::date and day <> all(${arrayOf(but)}::date[])
    group by product_id`.execute(db);
  return rows;
}
