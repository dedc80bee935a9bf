// Owns changes of products: adding, editing with optimistic concurrency, hiding.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { notFound, Problem, stale } from '../platform/problem.ts';
import type { IsExpected } from './edit-categories.ts';
import { type Product, productEtag } from './product.ts';
import { deleteProduct, insertProduct, lockProduct, lockStock, saveProduct, saveStock } from './product-store.ts';

export interface EditProductsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

export type ProductFields = Pick<Product, 'name' | 'description' | 'priceMinor' | 'categoryId' | 'sku' | 'stock'>;

/** @throws Problem unknown-category, duplicate for the SKU. */
export function createProduct(deps: EditProductsDeps, fields: ProductFields): Promise<Product> {
  const now = deps.clock();
  const product: Product = { id: deps.newId(now), ...fields, version: 1, createdAt: now, updatedAt: now };
  return deps.db.transaction().execute(async (trx) => {
    await insertProduct(trx, product);
    return product;
  });
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
    const product = await lockExpected(trx, id, isExpected);
    const changed: Product = { ...product, ...change, version: product.version + 1, updatedAt: deps.clock() };
    await saveProduct(trx, changed);
    if (change.stock !== undefined) await saveStock(trx, id, change.stock);
    return changed;
  });
}

/** @throws Problem not-found, stale. */
export function removeProduct(deps: EditProductsDeps, id: string, isExpected: IsExpected): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    await deleteProduct(trx, await lockExpected(trx, id, isExpected), deps.clock());
  });
}

async function lockExpected(trx: Transaction, id: string, isExpected: IsExpected): Promise<Product> {
  const product = await lockProduct(trx, id);
  if (!product) throw new Problem(notFound, 'There is no such product.');
  if (!isExpected(productEtag(product))) throw new Problem(stale, 'The product has changed since you read it.');
  return product;
}
