// Owns the SQL of single products and their counted stock.

import type { ColumnType, Kysely } from 'kysely';
import { type Database, refusedBy, type Transaction } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';
import { duplicate, unknownCategory } from './problems.ts';
import type { Product } from './product.ts';

declare module '../platform/database.ts' {
  interface Database {
    products: ProductsTable;
  }
}

export interface ProductsTable {
  id: string;
  /** Null only where the product was deleted, and then its category: no read meets it. */
  category_id: ColumnType<string, string, string | null>;
  sku: string | null;
  max_per_order: number | null;
  name: string;
  description: string;
  price_minor: number;
  version: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

/** A product as it is in its own table: all but the stock. */
export const productColumns = [
  'id',
  'category_id as categoryId',
  'sku',
  'max_per_order as maxPerOrder',
  'name',
  'description',
  'price_minor as priceMinor',
  'version',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

const selectProduct = (db: Kysely<Database>, id: string) =>
  db
    .selectFrom('products')
    .leftJoin('stock', 'stock.product_id', 'products.id')
    .select(productColumns)
    .select('stock.on_hand as stock')
    .where('id', '=', id)
    .where('products.deleted_at', 'is', null);

/** Undefined for a deleted product too. */
export function findProduct(db: Kysely<Database>, id: string): Promise<Product | undefined> {
  return selectProduct(db, id).executeTakeFirst();
}

/** Reads a product and keeps everybody else from editing it until the transaction ends. Sales go on. */
export function lockProduct(trx: Transaction, id: string): Promise<Product | undefined> {
  return selectProduct(trx, id).forNoKeyUpdate('products').executeTakeFirst();
}

/** Keeps sales of a product waiting until the transaction ends. Taken before `lockProduct`, so that it reads what is left. */
export async function lockStock(trx: Transaction, id: string): Promise<void> {
  await trx.selectFrom('stock').select('product_id').where('product_id', '=', id).forUpdate().execute();
}

/** @throws Problem duplicate for the SKU, unknown-category. */
export async function insertProduct(trx: Transaction, product: Product): Promise<void> {
  await refusedBy(
    refusals,
    trx
      .insertInto('products')
      .values({ id: product.id, created_at: product.createdAt, ...editable(product) })
      .execute(),
  );
  if (product.stock !== null) await saveStock(trx, product.id, product.stock);
}

/** Writes the fields of a product that `lockProduct` holds, its stock aside. @throws like `insertProduct`. */
export async function saveProduct(trx: Transaction, product: Product): Promise<void> {
  await refusedBy(refusals, trx.updateTable('products').set(editable(product)).where('id', '=', product.id).execute());
}

/** Null ends the counting. */
export async function saveStock(trx: Transaction, productId: string, stock: number | null): Promise<void> {
  if (stock === null) {
    await trx.deleteFrom('stock').where('product_id', '=', productId).execute();
    return;
  }
  await trx
    .insertInto('stock')
    .values({ product_id: productId, on_hand: stock })
    .onConflict((conflict) => conflict.column('product_id').doUpdateSet({ on_hand: stock }))
    .execute();
}

/** Hides a product that `lockProduct` holds. The row stays, since orders point at it. */
export async function deleteProduct(trx: Transaction, product: Product, now: Date): Promise<void> {
  await trx
    .updateTable('products')
    .set({ deleted_at: now, updated_at: now, version: product.version + 1 })
    .where('id', '=', product.id)
    .execute();
}

/** For a category that is about to be deleted: its deleted products are in none then. Those that can be seen stay. */
export async function releaseDeletedProducts(trx: Transaction, categoryId: string): Promise<void> {
  await trx
    .updateTable('products')
    .set({ category_id: null })
    .where('category_id', '=', categoryId)
    .where('deleted_at', 'is not', null)
    .execute();
}

const editable = (product: Product) => ({
  category_id: product.categoryId,
  sku: product.sku,
  max_per_order: product.maxPerOrder,
  name: product.name,
  description: product.description,
  price_minor: product.priceMinor,
  version: product.version,
  updated_at: product.updatedAt,
});

const refusals: Record<string, () => Problem> = {
  products_sku: () =>
    new Problem(duplicate, 'Another product has this SKU.', {
      errors: [{ pointer: '/sku', detail: 'is taken by another product' }],
    }),
  products_category_id_fkey: () =>
    new Problem(unknownCategory, 'There is no such category.', {
      errors: [{ pointer: '/category', detail: 'is not the id of a category' }],
    }),
};
