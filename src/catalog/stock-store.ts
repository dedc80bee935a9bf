// Owns the SQL of the `stock` table, and the one read that selling needs of products.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { arrayOf, uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    stock: StockTable;
  }
}

/** A row exists only for products whose stock is counted. */
export interface StockTable {
  product_id: string;
  on_hand: number;
}

/** What selling needs to know of a product. */
export interface SaleProduct {
  id: string;
  priceMinor: number;
  /** Null: not counted, so never short. */
  onHand: number | null;
  /** What one order may hold; null: as much as there is. */
  maxPerOrder: number | null;
}

export interface StockMove {
  productId: string;
  quantity: number;
}

/**
 * The statement that reads the products that can be sold and locks the stock of those that are counted until the transaction ends.
 * Locks are taken in the order of product ids, so that two sellers of the same products queue instead of deadlocking.
 * Unknown and deleted products are missing from the answer. They are found by id before deleted ones are left out: together, an
 * index of those that are not deleted is taken for almost empty where nothing was analysed, and is read whole.
 */
export const lockForSale = (productIds: string[]): RawBuilder<SaleProduct> => sql<SaleProduct>`
  with locked as materialized (
    select product_id, on_hand from stock where product_id = any(${uuidArray(productIds)}::uuid[]) order by product_id for update)
  select id, price_minor as "priceMinor", on_hand as "onHand", max_per_order as "maxPerOrder"
  from (
    select id, price_minor, max_per_order, deleted_at from products where id = any(${uuidArray(productIds)}::uuid[]) offset 0
  ) as asked left join locked on product_id = id
  where deleted_at is null`;

/**
 * The statement that takes what was decided under `lockForSale`, for a transaction's last write to carry along.
 * The table's check refuses to go below zero.
 */
export const stockTaking = (moves: StockMove[]): RawBuilder<unknown> => stockChange(moves, -1);

/** Gives back what an order took, to those of its products that are still counted. */
export async function returnStock(trx: Transaction, moves: StockMove[]): Promise<void> {
  await sql`select from stock where product_id = any(${uuidArray(moves.map((move) => move.productId))}::uuid[])
    order by product_id for update`.execute(trx);
  await stockChange(moves, 1).execute(trx);
}

const stockChange = (moves: StockMove[], sign: 1 | -1): RawBuilder<unknown> => sql`
  update stock set on_hand = on_hand + move.change
  from unnest(
    ${uuidArray(moves.map((move) => move.productId))}::uuid[], ${arrayOf(moves.map((move) => sign * move.quantity))}::bigint[])
    as move (product_id, change)
  where stock.product_id = move.product_id`;

/** Names of products, deleted ones included, for people to read on an order. */
export async function listProductNames(db: Kysely<Database>, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from products where id = any(${uuidArray(ids)}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row.name]));
}
