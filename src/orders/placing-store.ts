// Owns the SQL with which a group of orders is placed, and with which what was placed under a key is found again.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { arrayOf, textArray, timeArray, uuidArray } from '../platform/arrays.ts';
import { type Database, sendLast, type Transaction } from '../platform/database.ts';
import type { EarlierOrder, NewOrder } from './decide-placements.ts';
import type { Order } from './order.ts';
import { type OrdersTable, withLines } from './store.ts';

/** The statement that finds what earlier transactions placed under any of these idempotency ids, for `listEarlierOrders`. */
export const ordersByKeysStatement = (ids: string[]): RawBuilder<OrdersTable> => sql<OrdersTable>`
  select * from orders where idempotency_id = any(${uuidArray(ids)}::uuid[])`;

/** The orders that this statement found, with their lines, under their keys. */
export async function listEarlierOrders(
  db: Kysely<Database>,
  rows: OrdersTable[],
): Promise<(EarlierOrder & { idempotencyId: string })[]> {
  const orders = new Map((await withLines(db, rows)).map((order) => [order.id, order]));
  return rows.map((row) => ({
    order: orders.get(row.id) as Order,
    idempotencyId: row.idempotency_id as string,
    fingerprint: row.fingerprint as string,
  }));
}

/**
 * Writes orders and their lines, and what goes with them, all in one statement: each round trip more is felt by every
 * order of the group. It is the transaction's last, see `sendLast`: what it answers with is awaited when that has ended,
 * throws if the statement failed, and gives each order the number that the database drew for it.
 */
export async function insertOrders(
  trx: Transaction,
  placed: NewOrder[],
  currency: string,
  alongside: { taken: RawBuilder<unknown>; queued: RawBuilder<unknown> },
): Promise<() => Promise<void>> {
  const orders = placed.map(({ order }) => order);
  const lines = orders.flatMap((order) => order.lines.map((line, index) => ({ order, line, position: index + 1 })));
  const statement = sql<{ id: string; number: number }>`
    with taken as (${alongside.taken}), queued as (${alongside.queued}), placed as (
      insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address,
        idempotency_id, fingerprint, created_at, updated_at)
      select id, customer_id, user_id, 'pending', ${currency}, total_minor, name, email, phone_number, address,
        idempotency_id, fingerprint, created_at, created_at
      from unnest(
        ${uuidArray(orders.map((order) => order.id))}::uuid[],
        ${uuidArray(orders.map(({ customer }) => customer.id))}::uuid[],
        ${uuidArray(orders.map(({ customer }) => customer.userId))}::uuid[],
        ${arrayOf(orders.map((order) => order.totalMinor))}::bigint[],
        ${textArray(orders.map(({ customer }) => customer.name))}::text[],
        ${textArray(orders.map(({ customer }) => customer.email))}::text[],
        ${arrayOf(orders.map(({ customer }) => customer.phoneNumber))}::text[],
        ${textArray(orders.map(({ customer }) => customer.address))}::text[],
        ${uuidArray(placed.map(({ idempotencyId }) => idempotencyId ?? null))}::uuid[],
        ${uuidArray(placed.map(({ idempotencyId, fingerprint }) => (idempotencyId === undefined ? null : fingerprint)))}::uuid[],
        ${timeArray(orders.map((order) => order.createdAt))}::timestamptz[]
      ) as given (id, customer_id, user_id, total_minor, name, email, phone_number, address, idempotency_id, fingerprint,
        created_at)
      returning id, number
    ), lines as (
      insert into order_lines (order_id, position, id, product_id, quantity, price_minor, took_stock, variant_id, total_minor,
        discount_minor, tax_minor, sku, name)
      select * from unnest(
        ${uuidArray(lines.map(({ order }) => order.id))}::uuid[],
        ${arrayOf(lines.map(({ position }) => position))}::smallint[],
        ${uuidArray(lines.map(({ line }) => line.id))}::uuid[],
        ${uuidArray(lines.map(({ line }) => line.productId))}::uuid[],
        ${arrayOf(lines.map(({ line }) => line.quantity))}::integer[],
        ${arrayOf(lines.map(({ line }) => line.priceMinor))}::bigint[],
        ${arrayOf(lines.map(({ line }) => line.tookStock))}::boolean[],
        ${uuidArray(lines.map(({ line }) => line.variantId))}::uuid[],
        ${arrayOf(lines.map(({ line }) => line.totalMinor))}::bigint[],
        ${arrayOf(lines.map(({ line }) => line.discountMinor))}::bigint[],
        ${arrayOf(lines.map(({ line }) => line.taxMinor))}::bigint[],
        ${textArray(lines.map(({ line }) => line.sku))}::text[],
        ${textArray(lines.map(({ line }) => line.name))}::text[])
    )
    select id, number from placed`;
  const { answer } = await sendLast(trx, statement.compile(trx));
  return async () => {
    const numbers = new Map((await answer).map((row) => [row.id, row.number]));
    for (const order of orders) order.number = numbers.get(order.id) as number;
  };
}
