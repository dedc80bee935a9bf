// Owns the SQL of orders and their lines.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Order, OrderLine, OrderStatus, OrderSummary } from './order.ts';

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
  variant_id: string;
  total_minor: number;
  discount_minor: number;
  tax_minor: number;
  sku: string | null;
  name: string;
}

function toSummary(row: OrdersTable): OrderSummary {
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
      'variant_id as variantId',
      'name',
      'sku',
      'quantity',
      'price_minor as priceMinor',
      'discount_minor as discountMinor',
      'tax_minor as taxMinor',
      'total_minor as totalMinor',
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

/** The orders of these rows. */
export async function withLines(db: Kysely<Database>, rows: OrdersTable[]): Promise<Order[]> {
  if (rows.length === 0) return [];
  const lines = await listLines(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({ ...toSummary(row), lines: lines.get(row.id) ?? [] }));
}

const selectByIds = (db: Kysely<Database>, ids: string[]): Promise<OrdersTable[]> =>
  db
    .selectFrom('orders')
    .selectAll()
    .where('id', '=', sql<string>`any(${uuidArray(ids)}::uuid[])`)
    .execute();

/** Orders by id, in no particular order. */
export const listOrders = async (db: Kysely<Database>, ids: string[]): Promise<Order[]> =>
  withLines(db, await selectByIds(db, ids));

/** As {@link listOrders}, without their lines. */
export const listOrderSummaries = async (db: Kysely<Database>, ids: string[]): Promise<OrderSummary[]> =>
  (await selectByIds(db, ids)).map(toSummary);

/** The numbers that the codes of orders are made from, by the orders' ids. */
export async function listOrderNumbers(db: Kysely<Database>, ids: string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('orders')
    .select(['id', 'number'])
    .where('id', '=', sql<string>`any(${uuidArray(ids)}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row.number]));
}

export const findOrder = async (db: Kysely<Database>, id: string): Promise<Order | undefined> =>
  (await listOrders(db, [id]))[0];

export const findOrderSummary = async (db: Kysely<Database>, id: string): Promise<OrderSummary | undefined> =>
  (await listOrderSummaries(db, [id]))[0];

/** @param number what its code is made from */
export async function findOrderByNumber(db: Kysely<Database>, number: number): Promise<OrderSummary | undefined> {
  const row = await db.selectFrom('orders').selectAll().where('number', '=', number).executeTakeFirst();
  return row && toSummary(row);
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
  const { rows } = await sql<OrdersTable>`select * from orders where ${newest(filter)} limit ${limit}`.execute(db);
  return withLines(db, rows);
}

/** A condition, and the order from the newest on. */
export function newest(filter: OrderFilter): RawBuilder<unknown> {
  const isByStatusAlone = filter.userId === undefined && filter.number === undefined && filter.status !== undefined;
  return isByStatusAlone
    ? sql`${matchesStatus(filter)} order by status desc, id desc`
    : sql`${matches(filter)} order by id desc`;
}

/** Around all ids, where a range of an index needs both ends. */
export const smallestId = '00000000-0000-0000-0000-000000000000';
export const largestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * A range of the index on (status, id). Told `status = 'completed'`, the planner rather walks all orders from the newest
 * when most have that status, and reads the hundreds of thousands that don't have it yet.
 */
const matchesStatus = ({ status, fromId, beforeId }: OrderFilter): RawBuilder<unknown> => sql`
  (status, id) >= (${status}, ${fromId ?? smallestId}::uuid) and (status, id) < (${status}, ${beforeId ?? largestId}::uuid)`;

/** The newest orders of any of these users: the newest few of each, merged, so that no busy customer is read whole. */
async function selectNewestOf(
  db: Kysely<Database>,
  columns: RawBuilder<unknown>,
  userIds: string[],
  filter: OrderFilter,
  limit: number,
): Promise<OrdersTable[]> {
  const { rows } = await sql<OrdersTable>`
    select ${columns} from unnest(${uuidArray(userIds)}::uuid[]) as one (user_id) cross join lateral (
      select * from orders where orders.user_id = one.user_id and ${matches({ ...filter, userId: undefined })}
      order by id desc limit ${limit}) as newest
    order by newest.id desc limit ${limit}`.execute(db);
  return rows;
}

type OfUsers = [db: Kysely<Database>, userIds: string[], filter: OrderFilter, limit: number];

/** Without their lines. */
export const listSummariesOfUsers = async (...[db, ...asked]: OfUsers): Promise<OrderSummary[]> =>
  (await selectNewestOf(db, sql`newest.*`, ...asked)).map(toSummary);

/** Their ids alone. */
export const listOrderIdsOfUsers = async (...[db, ...asked]: OfUsers): Promise<string[]> =>
  (await selectNewestOf(db, sql`newest.id`, ...asked)).map(({ id }) => id);

export function matches(filter: OrderFilter): RawBuilder<unknown> {
  const conditions = [sql`true`];
  if (filter.userId !== undefined) conditions.push(sql`user_id = ${filter.userId}`);
  if (filter.status !== undefined) conditions.push(sql`status = ${filter.status}`);
  if (filter.number !== undefined) conditions.push(sql`number = ${filter.number}`);
  if (filter.phonePrefix !== undefined) conditions.push(sql`phone_number like ${`${filter.phonePrefix}%`}`);
  if (filter.fromId !== undefined) conditions.push(sql`id >= ${filter.fromId}`);
  if (filter.beforeId !== undefined) conditions.push(sql`id < ${filter.beforeId}`);
  return sql.join(conditions, sql` and `);
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
