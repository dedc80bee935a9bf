// Owns the SQL of many products at once: what importing them reads and writes, a statement for each kind of change.

import { type Kysely, sql } from 'kysely';
import { arrayOf } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Product } from './product.ts';
import { productColumns } from './product-store.ts';

/** Ids of the products that have these SKUs, by SKU. */
export async function listProductIdsBySku(db: Kysely<Database>, skus: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ sku: string; id: string }>`
    select sku, id from products where sku = any(${skus}::text[]) and deleted_at is null`.execute(db);
  return new Map(rows.map(({ sku, id }) => [sku, id]));
}

/**
 * Reads products and keeps everybody else from editing them, and from selling those that are counted, until the
 * transaction ends. Stock first, then products, each in the order of ids, as a single edit does it.
 */
export async function lockProducts(trx: Transaction, ids: string[]): Promise<Map<string, Product>> {
  const chosen = sql<string>`any(${arrayOf(ids)}::uuid[])`;
  await sql`select from stock where product_id = ${chosen} order by product_id for update`.execute(trx);
  const products = await trx
    .selectFrom('products')
    .leftJoin('stock', 'stock.product_id', 'products.id')
    .select(productColumns)
    .select('stock.on_hand as stock')
    .where('id', '=', chosen)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate('products')
    .execute();
  return new Map(products.map((product) => [product.id, product]));
}

/** The columns of `given`, in this order, for a statement that takes products as arrays. */
const arraysOf = (products: readonly Product[]) => sql`
  unnest(
    ${arrayOf(products.map((product) => product.id))}::uuid[], ${arrayOf(products.map((product) => product.categoryId))}::uuid[],
    ${products.map((product) => product.sku)}::text[], ${products.map((product) => product.name)}::text[],
    ${products.map((product) => product.description)}::text[], ${arrayOf(products.map((product) => product.priceMinor))}::bigint[],
    ${arrayOf(products.map((product) => product.version))}::integer[],
    ${arrayOf(products.map((product) => product.createdAt.toISOString()))}::timestamptz[],
    ${arrayOf(products.map((product) => product.updatedAt.toISOString()))}::timestamptz[])
  as given (id, category_id, sku, name, description, price_minor, version, created_at, updated_at)`;

/** Writes new products, their stock aside. @throws the database's own error for a SKU or a category */
export async function insertProducts(trx: Transaction, products: readonly Product[]): Promise<void> {
  if (products.length === 0) return;
  await sql`
    insert into products (id, category_id, sku, name, description, price_minor, version, created_at, updated_at)
    select id, category_id, sku, name, description, price_minor, version, created_at, updated_at
    from ${arraysOf(products)}`.execute(trx);
}

/** Writes the fields of products that `lockProducts` holds, their stock aside. @throws like `insertProducts` */
export async function saveProducts(trx: Transaction, products: readonly Product[]): Promise<void> {
  if (products.length === 0) return;
  await sql`
    update products set category_id = given.category_id, name = given.name, description = given.description,
      price_minor = given.price_minor, version = given.version, updated_at = given.updated_at
    from ${arraysOf(products)} where products.id = given.id`.execute(trx);
}

/** Writes how many there are of each; null ends the counting. */
export async function saveStocks(trx: Transaction, products: readonly Product[]): Promise<void> {
  const counted = products.filter((product) => product.stock !== null);
  const uncounted = products.filter((product) => product.stock === null);
  if (counted.length > 0) {
    await sql`
      insert into stock (product_id, on_hand) select * from unnest(
        ${arrayOf(counted.map((product) => product.id))}::uuid[], ${arrayOf(counted.map((product) => product.stock))}::bigint[])
      on conflict (product_id) do update set on_hand = excluded.on_hand`.execute(trx);
  }
  if (uncounted.length > 0) {
    await sql`delete from stock where product_id = any(${arrayOf(uncounted.map((product) => product.id))}::uuid[])`.execute(
      trx,
    );
  }
}
