// Owns bringing products in from a file: a batch of rows at a time, each batch whole or not at all, found again by SKU.

import type { Kysely } from 'kysely';
import { findCategoryByTitle } from '../catalog/category-store.ts';
import { findOrCreateCategory } from '../catalog/edit-categories.ts';
import type { Product } from '../catalog/product.ts';
import {
  insertProducts,
  listProductIdsBySku,
  lockProducts,
  saveProducts,
  saveStocks,
} from '../catalog/product-batch-store.ts';
import { type Database, violatedConstraint } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { ProductRow, Reason } from './product-row.ts';

export interface ImportProductsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  /** Look, and say what would come of it, but change nothing. */
  isDryRun: boolean;
}

export interface NumberedRow {
  line: number;
  row: ProductRow;
}

export interface BatchResult {
  created: number;
  updated: number;
  /** Said already what the row says. */
  unchanged: number;
  refused: { line: number; reasons: Reason[] }[];
}

/** Ids of the categories met so far, by path. */
export type KnownCategories = Map<string, string>;

/** Stands for the id of a category that a dry run would create. */
const imagined = '';

const maxTries = 3;

/**
 * Adds the products of a batch that are new and changes those that differ, in one transaction. Categories that are not
 * there are created first, each in a transaction of its own. No SKU may be in a batch twice.
 */
export async function importProducts(
  deps: ImportProductsDeps,
  rows: readonly NumberedRow[],
  known: KnownCategories,
): Promise<BatchResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryBatch(deps, rows, known);
    } catch (error) {
      // Somebody else added the same SKU, deleted a category or took locks the other way round, at this very moment.
      const constraint = violatedConstraint(error);
      const mayPass = constraint === 'products_sku' || constraint === 'products_category_id_fkey' || isDeadlock(error);
      if (!mayPass || tries === maxTries) throw error;
      known.clear();
    }
  }
}

const isDeadlock = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '40P01';

async function tryBatch(
  deps: ImportProductsDeps,
  rows: readonly NumberedRow[],
  known: KnownCategories,
): Promise<BatchResult> {
  const ids = await listProductIdsBySku(
    deps.db,
    rows.map(({ row }) => row.sku),
  );
  const result: BatchResult = { created: 0, updated: 0, unchanged: 0, refused: [] };
  const accepted = rows.filter(({ line, row }) => {
    const missing = ids.has(row.sku) ? [] : missingFields(row);
    if (missing.length === 0) return true;
    result.refused.push({
      line,
      reasons: [
        {
          column: 'sku',
          value: row.sku,
          detail: `"${row.sku}" is new, and a new product needs ${new Intl.ListFormat('en').format(missing)}`,
        },
      ],
    });
    return false;
  });
  for (const { row } of accepted) if (row.category) await findOrCreatePath(deps, row.category, known);
  await writeBatch(deps, accepted, ids, known, result);
  return result;
}

const missingFields = (row: ProductRow): string[] =>
  [
    ['name', row.name],
    ['category', row.category],
    ['price', row.priceMinor],
  ].flatMap(([name, value]) => (value === undefined ? [String(name)] : []));

async function writeBatch(
  deps: ImportProductsDeps,
  rows: readonly NumberedRow[],
  ids: ReadonlyMap<string, string>,
  known: KnownCategories,
  result: BatchResult,
): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const current = await lockProducts(trx, [...ids.values()]);
    const now = deps.clock();
    const refusedBefore = result.refused.length;
    const added: Product[] = [];
    const changed: Product[] = [];
    const restocked: Product[] = [];
    for (const { line, row } of rows) {
      const id = ids.get(row.sku);
      const before = id === undefined ? undefined : current.get(id);
      if (id !== undefined && before?.sku !== row.sku) {
        result.refused.push({
          line,
          reasons: [{ detail: 'is about a product that was changed meanwhile: import it again' }],
        });
        continue;
      }
      const categoryId = row.category && known.get(pathKey(row.category));
      const product = merge(before ?? blank(deps.newId(now), now), row, categoryId);
      const sold = before && soldFrom(before, row);
      if (sold !== undefined) {
        result.refused.push({ line, reasons: [{ column: 'stock', value: String(row.stock ?? ''), detail: sold }] });
        continue;
      }
      const isRestocked = product.stock !== (before?.stock ?? null);
      if (isRestocked) restocked.push(product);
      if (!before) added.push(product);
      else if (differs(before, product)) changed.push({ ...product, version: before.version + 1, updatedAt: now });
      else if (!isRestocked) result.unchanged += 1;
    }
    result.created = added.length;
    result.updated = rows.length - added.length - result.unchanged - (result.refused.length - refusedBefore);
    if (deps.isDryRun) return;
    await insertProducts(trx, added);
    await saveProducts(trx, changed);
    await saveStocks(trx, restocked);
  });
}

/** Why a row that says what its writer had seen of the stock is not about today's, if it isn't. */
function soldFrom({ stock }: Product, row: ProductRow): string | undefined {
  if (row.stockWas === undefined || row.stock === stock || row.stockWas === stock) return undefined;
  const [was, is] = [row.stockWas, stock].map((count) => count ?? 'not counted');
  return `was ${was} when the file was written and is ${is} now: count it again`;
}

const blank = (id: string, now: Date): Product => ({
  id,
  sku: null,
  name: '',
  description: '',
  categoryId: '',
  priceMinor: 0,
  stock: null,
  maxPerOrder: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
});

const merge = (product: Product, row: ProductRow, categoryId: string | undefined): Product => ({
  ...product,
  sku: row.sku,
  name: row.name ?? product.name,
  description: row.description ?? product.description,
  categoryId: categoryId ?? product.categoryId,
  priceMinor: row.priceMinor ?? product.priceMinor,
  stock: row.stock === undefined ? product.stock : row.stock,
});

/** In what is kept in the product's own row; the stock is kept apart. */
const differs = (a: Product, b: Product): boolean =>
  a.name !== b.name ||
  a.description !== b.description ||
  a.categoryId !== b.categoryId ||
  a.priceMinor !== b.priceMinor;

const pathKey = (titles: readonly string[]): string => titles.join(' > ');

/** Follows the path from the top, and creates what is missing of it. */
async function findOrCreatePath(
  deps: ImportProductsDeps,
  titles: readonly string[],
  known: KnownCategories,
): Promise<string> {
  const key = pathKey(titles);
  const before = known.get(key);
  if (before !== undefined) return before;
  const title = titles.at(-1) as string;
  const parentId = titles.length === 1 ? null : await findOrCreatePath(deps, titles.slice(0, -1), known);
  const found = parentId === imagined ? undefined : await findCategoryByTitle(deps.db, parentId, title);
  const id = found ?? (deps.isDryRun ? imagined : await findOrCreateCategory(deps, { title, parentId }));
  known.set(key, id);
  return id;
}
