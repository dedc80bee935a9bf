// Owns the SQL of orders and their lines.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { arrayOf, timeArray, uuidArray } from '../platform/arrays.ts';
import { type Database, sendLast, type Transaction } from '../platform/database.ts';
import type { EarlierOrder, NewOrder } from './decide-placements.ts';
import type { Order, OrderLine, OrderStatus } from './order.ts';

declare module '../platform/database.ts' {
  interface Database {
    orders: OrdersTable;
    order_lines: OrderLinesTable;
  }
}

export interface OrdersTable {
  id: string;
  number: number;
  customer_id: string;
  user_id: string;
  status: OrderStatus;
  version: number;
  currency: string;
  total_minor: number;
  name: string;
  email: string;
  phone_number: string;
  address: string;
  idempotency_id: string | null;
  fingerprint: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface OrderLinesTable {
  order_id: string;
  position: number;
  id: string;
  product_id: string;
  quantity: number;
  price_minor: number;
  took_stock: boolean;
}

function toOrder(row: OrdersTable, lines: OrderLine[]): Order {
  return {
    id: row.id,
    number: row.number,
    status: row.status,
    version: row.version,
    currency: row.currency,
    totalMinor: row.total_minor,
    customer: {
      id: row.customer_id,
      userId: row.user_id,
      name: row.name,
      email: row.email,
      phoneNumber: row.phone_number,
      address: row.address,
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lines,
  };
}

/** Lines of orders, by order id, in their order. */
async function listLines(db: Kysely<Database>, orderIds: string[]): Promise<Map<string, OrderLine[]>> {
  const rows = await db
    .selectFrom('order_lines')
    .select([
      'order_id as orderId',
      'id',
      'product_id as productId',
      'quantity',
      'price_minor as priceMinor',
      'took_stock as tookStock',
    ])
    .where('order_id', '=', sql<string>`any(${uuidArray(orderIds)}::uuid[])`)
    .orderBy('order_id')
    .orderBy('position')
    .execute();
  const lines = new Map<string, OrderLine[]>(orderIds.map((id) => [id, []]));
  for (const { orderId, ...line } of rows) lines.get(orderId)?.push(line);
  return lines;
}

async function withLines(db: Kysely<Database>, rows: OrdersTable[]): Promise<Order[]> {
  if (rows.length === 0) return [];
  const lines = await listLines(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => toOrder(row, lines.get(row.id) ?? []));
}

/** Orders by id, in no particular order. */
export async function listOrders(db: Kysely<Database>, ids: string[]): Promise<Order[]> {
  const rows = await db
    .selectFrom('orders')
    .selectAll()
    .where('id', '=', sql<string>`any(${uuidArray(ids)}::uuid[])`)
    .execute();
  return withLines(db, rows);
}

/** The numbers that the codes of orders are made from, by the orders' ids. */
export async function listOrderNumbers(db: Kysely<Database>, ids: string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('orders')
    .select(['id', 'number'])
    .where('id', '=', sql<string>`any(${uuidArray(ids)}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row.number]));
}

export async function findOrder(db: Kysely<Database>, id: string): Promise<Order | undefined> {
  const rows = await db.selectFrom('orders').selectAll().where('id', '=', id).execute();
  return (await withLines(db, rows))[0];
}

/** Reads an order and keeps everybody else from changing it until the transaction ends. */
export async function lockOrder(trx: Transaction, id: string): Promise<Order | undefined> {
  const rows = await trx.selectFrom('orders').selectAll().where('id', '=', id).forNoKeyUpdate().execute();
  return (await withLines(trx, rows))[0];
}

export interface OrderFilter {
  userId?: string | undefined;
  status?: OrderStatus | undefined;
  number?: number | undefined;
  /** The beginning of a phone number, E.164. */
  phonePrefix?: string | undefined;
  /** Inclusive. */
  fromId?: string | undefined;
  /** Exclusive. */
  beforeId?: string | undefined;
}

/** Newest first. Every filter has an index that gives its newest orders without reading the others. */
export async function listOrdersPage(db: Kysely<Database>, filter: OrderFilter, limit: number): Promise<Order[]> {
  const isByStatusAlone = filter.userId === undefined && filter.number === undefined && filter.status !== undefined;
  const { rows } = await sql<OrdersTable>`
    select * from orders where ${isByStatusAlone ? matchesStatus(filter) : matches(filter)}
    order by ${isByStatusAlone ? sql`status desc, id desc` : sql`id desc`} limit ${limit}`.execute(db);
  return withLines(db, rows);
}

const smallestId = '00000000-0000-0000-0000-000000000000';
const largestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * A range of the index on (status, id). Told `status = 'completed'`, the planner rather walks all orders from the newest
 * when most have that status, and reads the hundreds of thousands that don't have it yet.
 */
const matchesStatus = ({ status, fromId, beforeId }: OrderFilter): RawBuilder<unknown> => sql`
  (status, id) >= (${status}, ${fromId ?? smallestId}::uuid) and (status, id) < (${status}, ${beforeId ?? largestId}::uuid)`;

/** The newest orders of any of these users: the newest few of each, merged, so that no busy customer is read whole. */
export async function listOrdersOfUsers(
  db: Kysely<Database>,
  userIds: string[],
  filter: OrderFilter,
  limit: number,
): Promise<Order[]> {
  const { rows } = await sql<OrdersTable>`
    select newest.* from unnest(${uuidArray(userIds)}::uuid[]) as one (user_id) cross join lateral (
      select * from orders where orders.user_id = one.user_id and ${matches({ ...filter, userId: undefined })}
      order by id desc limit ${limit}) as newest
    order by newest.id desc limit ${limit}`.execute(db);
  return withLines(db, rows);
}

function matches(filter: OrderFilter): RawBuilder<unknown> {
  const conditions = [sql`true`];
  if (filter.userId !== undefined) conditions.push(sql`user_id = ${filter.userId}`);
  if (filter.status !== undefined) conditions.push(sql`status = ${filter.status}`);
  if (filter.number !== undefined) conditions.push(sql`number = ${filter.number}`);
  if (filter.phonePrefix !== undefined) conditions.push(sql`phone_number like ${`${filter.phonePrefix}%`}`);
  if (filter.fromId !== undefined) conditions.push(sql`id >= ${filter.fromId}`);
  if (filter.beforeId !== undefined) conditions.push(sql`id < ${filter.beforeId}`);
  return sql.join(conditions, sql` and `);
}

/** The look-up of what earlier transactions placed under any of these idempotency ids, for `listEarlierOrders`. */
export const findByKeys = (ids: string[]): RawBuilder<OrdersTable> => sql<OrdersTable>`
  select * from orders where idempotency_id = any(${uuidArray(ids)}::uuid[])`;

/** The orders that the look-up found, with their lines, under their keys. */
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
        ${orders.map(({ customer }) => customer.name)}::text[],
        ${orders.map(({ customer }) => customer.email)}::text[],
        ${arrayOf(orders.map(({ customer }) => customer.phoneNumber))}::text[],
        ${orders.map(({ customer }) => customer.address)}::text[],
        ${uuidArray(placed.map(({ idempotencyId }) => idempotencyId ?? null))}::uuid[],
        ${uuidArray(placed.map(({ idempotencyId, fingerprint }) => (idempotencyId === undefined ? null : fingerprint)))}::uuid[],
        ${timeArray(orders.map((order) => order.createdAt))}::timestamptz[]
      ) as given (id, customer_id, user_id, total_minor, name, email, phone_number, address, idempotency_id, fingerprint,
        created_at)
      returning id, number
    ), lines as (
      insert into order_lines (order_id, position, id, product_id, quantity, price_minor, took_stock)
      select * from unnest(
        ${uuidArray(lines.map(({ order }) => order.id))}::uuid[],
        ${arrayOf(lines.map(({ position }) => position))}::smallint[],
        ${uuidArray(lines.map(({ line }) => line.id))}::uuid[],
        ${uuidArray(lines.map(({ line }) => line.productId))}::uuid[],
        ${arrayOf(lines.map(({ line }) => line.quantity))}::integer[],
        ${arrayOf(lines.map(({ line }) => line.priceMinor))}::bigint[],
        ${arrayOf(lines.map(({ line }) => line.tookStock))}::boolean[])
    )
    select id, number from placed`;
  const { answer } = await sendLast(trx, statement.compile(trx));
  return async () => {
    const numbers = new Map((await answer).map((row) => [row.id, row.number]));
    for (const order of orders) order.number = numbers.get(order.id) as number;
  };
}

/** Writes an order's new status and version. */
export async function saveStatus(trx: Transaction, { id, status, version, updatedAt }: Order): Promise<void> {
  await trx.updateTable('orders').set({ status, version, updated_at: updatedAt }).where('id', '=', id).execute();
}

/** The oldest orders that are pending and were placed before this id. */
export async function listOldestPending(db: Kysely<Database>, beforeId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from orders where (status, id) >= ('pending', ${smallestId}::uuid) and (status, id) < ('pending', ${beforeId}::uuid)
    order by status, id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
