// Owns the SQL of products as selling sees them.

import { type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';

/** What selling needs to know of a product. */
export interface ProductForSale {
  id: string;
  name: string;
  sku: string | null;
  priceMinor: number;
  /** What one order may hold; null: as much as there is. */
  maxPerOrder: number | null;
}

/**
 * The rows of the products that can be sold, for a statement to read from; unknown and deleted ones are missing. They are
 * found by id before deleted ones are left out: together, an index of those that are not deleted is taken for almost
 * empty where nothing was analysed, and is read whole.
 */
export const productsForSale = (productIds: readonly string[]): RawBuilder<unknown> => sql`
  (select id, name, sku, "priceMinor", "maxPerOrder" from (
    select id, name, sku, price_minor as "priceMinor", max_per_order as "maxPerOrder", deleted_at from products
    where id = any(${uuidArray(productIds)}::uuid[]) offset 0
  ) as asked where deleted_at is null)`;
