// Owns the SQL of stock levels: what selling locks and takes, and what a cancellation gives back.

import { type RawBuilder, sql } from 'kysely';
import { type ProductForSale, productsForSale } from '../catalog/sale-store.ts';
import { arrayOf, uuidArray } from '../platform/arrays.ts';
import type { Transaction } from '../platform/database.ts';

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

/** A product that can be sold, with its level. */
export interface SaleProduct extends ProductForSale {
  /** Null: not counted, so never short. */
  onHand: number | null;
}

export interface StockMove {
  productId: string;
  quantity: number;
}

/**
 * The statement that reads the products that can be sold and locks the levels of those that are counted until the transaction ends.
 * Locks are taken in the order of product ids, so that two sellers of the same products queue instead of deadlocking.
 */
export const saleLockStatement = (productIds: readonly string[]): RawBuilder<SaleProduct> => sql<SaleProduct>`
  with locked as materialized (
    select product_id, on_hand from stock where product_id = any(${uuidArray(productIds)}::uuid[]) order by product_id for update)
  select id, name, sku, "priceMinor", "maxPerOrder", on_hand as "onHand"
  from ${productsForSale(productIds)} as asked left join locked on product_id = id`;

/**
 * The statement that takes what was decided under {@link saleLockStatement}, for a transaction's last write to carry along.
 * The table's check refuses to go below zero.
 */
export const takeStockStatement = (moves: readonly StockMove[]): RawBuilder<unknown> => stockChange(moves, -1);

/** Gives back what an order took, to those of its products that are still counted. */
export async function returnStock(trx: Transaction, moves: StockMove[]): Promise<void> {
  await sql`select from stock where product_id = any(${uuidArray(moves.map((move) => move.productId))}::uuid[])
    order by product_id for update`.execute(trx);
  await stockChange(moves, 1).execute(trx);
}

const stockChange = (moves: readonly StockMove[], sign: 1 | -1): RawBuilder<unknown> => sql`
  update stock set on_hand = on_hand + move.change
  from unnest(
    ${uuidArray(moves.map((move) => move.productId))}::uuid[], ${arrayOf(moves.map((move) => sign * move.quantity))}::bigint[])
    as move (product_id, change)
  where stock.product_id = move.product_id`;
