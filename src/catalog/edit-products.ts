// Owns changes of products: adding, editing with optimistic concurrency, hiding.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { notFound, Problem, stale } from '../platform/problem.ts';
import type { IsExpected } from './edit-categories.ts';
import { unseenStock } from './problems.ts';
import { type Product, productEtag } from './product.ts';
import { deleteProduct, insertProduct, lockProduct, lockStock, saveProduct, saveStock } from './product-store.ts';
import { type RecordDeps, recordProduct } from './record-edit.ts';

export interface EditProductsDeps extends RecordDeps {
  db: Kysely<Database>;
  clock: () => Date;
}

export type ProductFields = Pick<
  Product,
  'name' | 'description' | 'priceMinor' | 'categoryId' | 'sku' | 'stock' | 'maxPerOrder'
>;

type Kept = 'stock' | 'maxPerOrder';

/** Without a stock, or what one order may hold: leave it as it is. */
export type ProductReplacement = Omit<ProductFields, Kept> & Partial<Pick<ProductFields, Kept>>;

/** @throws Problem unknown-category, duplicate for the SKU. */
export async function createProduct(
  deps: Omit<EditProductsDeps, 'db'>,
  trx: Transaction,
  fields: ProductFields,
): Promise<Product> {
  const now = deps.clock();
  const product: Product = { id: deps.newId(now), ...fields, version: 1, createdAt: now, updatedAt: now };
  await insertProduct(trx, product);
  await recordProduct(deps, trx, now, undefined, product);
  return product;
}

/**
 * Changes the fields that are given. Two edits at once follow one another: the second sees the first, and is refused
 * when its caller had asked for the version before. Sales wait only for an edit that sets the stock.
 * @throws Problem not-found, stale, unknown-category, duplicate for the SKU.
 */
export function updateProduct(
  deps: EditProductsDeps,
  id: string,
  change: Partial<ProductFields>,
  isExpected: IsExpected,
): Promise<Product> {
  return deps.db.transaction().execute(async (trx) => {
    if (change.stock !== undefined) await lockStock(trx, id);
    return saveChange(deps, trx, await lockExpected(trx, id, isExpected), change);
  });
}

/**
 * Replaces what a product is. The stock isn't part of that: it stays unless the replacement says one, and another count
 * than there is is taken only from who has seen that one, since a whole that was read before a sale would put it back.
 * @param isExpected undefined where the caller says no version
 * @throws Problem not-found, stale, unseen-stock, unknown-category, duplicate for the SKU.
 */
export function replaceProduct(
  deps: EditProductsDeps,
  id: string,
  whole: ProductReplacement,
  isExpected: IsExpected | undefined,
): Promise<Product> {
  return deps.db.transaction().execute(async (trx) => {
    const { stock, ...rest } = whole;
    if (stock !== undefined) await lockStock(trx, id);
    const product = await lockExpected(trx, id, isExpected ?? (() => true));
    const isOther = stock !== undefined && stock !== product.stock;
    if (isOther && product.stock !== null && !isExpected) throw unseen(product.stock, stock);
    return saveChange(deps, trx, product, isOther ? { ...rest, stock } : rest);
  });
}

const unseen = (stock: number, given: number | null): Problem =>
  new Problem(
    unseenStock,
    `The stock is ${stock} and the replacement says ${given ?? 'not counted'}, without If-Match.`,
    {
      errors: [{ pointer: '/stock', detail: `is ${stock} now: leave it out, or send the product's ETag as If-Match` }],
    },
  );

async function saveChange(
  deps: EditProductsDeps,
  trx: Transaction,
  product: Product,
  change: Partial<ProductFields>,
): Promise<Product> {
  const changed: Product = { ...product, ...change, version: product.version + 1, updatedAt: deps.clock() };
  await saveProduct(trx, changed);
  if (change.stock !== undefined) await saveStock(trx, product.id, change.stock);
  await recordProduct(deps, trx, changed.updatedAt, product, changed);
  return changed;
}

/** @throws Problem not-found, stale. */
export function removeProduct(deps: EditProductsDeps, id: string, isExpected: IsExpected): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    const product = await lockExpected(trx, id, isExpected);
    const now = deps.clock();
    await deleteProduct(trx, product, now);
    await recordProduct(deps, trx, now, product, undefined);
  });
}

async function lockExpected(trx: Transaction, id: string, isExpected: IsExpected): Promise<Product> {
  const product = await lockProduct(trx, id);
  if (!product) throw new Problem(notFound, 'There is no such product.');
  if (!isExpected(productEtag(product))) throw new Problem(stale, 'The product has changed since you read it.');
  return product;
}
