// Owns changes of the category tree: each one a transaction that leaves a tree behind, whatever happens beside it.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { notFound, Problem, stale } from '../platform/problem.ts';
import { type Category, categoryEtag, randomCategoryCode } from './category.ts';
import {
  deleteCategory,
  duplicateCode,
  findCategory,
  findCategoryByTitle,
  insertCategory,
  isWithin,
  lockCategory,
  lockTree,
  moveSubtree,
  saveCategory,
} from './category-store.ts';
import { categoryCycle, unknownCategory } from './problems.ts';
import { releaseDeletedProducts } from './product-store.ts';
import { type RecordDeps, recordCategory } from './record-edit.ts';

export interface EditCategoriesDeps extends RecordDeps {
  db: Kysely<Database>;
  clock: () => Date;
  /** Where a category without a code gets one; `randomCategoryCode` unless given. */
  newCode?: () => string;
}

export interface CategoryFields {
  title: string;
  parentId: string | null;
  code?: string | undefined;
}

/** What to leave as it is, is undefined. */
export type CategoryChange = { [Field in keyof CategoryFields]?: CategoryFields[Field] | undefined };

/** Says whether the caller has read the version that is about to be changed. */
export type IsExpected = (etag: string) => boolean;

// With 2.8 × 10^12 codes, ten collisions in a row are a broken source of randomness, not bad luck.
const maxCodeAttempts = 10;

/** @throws Problem unknown-category for the parent, duplicate for a code that the caller chose. */
export async function createCategory(
  deps: Omit<EditCategoriesDeps, 'db'>,
  trx: Transaction,
  fields: CategoryFields,
): Promise<Category> {
  await lockTree(trx);
  return insertNew(deps, trx, fields);
}

/** The id of the category of this title below the parent; created where there is none, once, whoever else does the same. */
export function findOrCreateCategory(
  deps: EditCategoriesDeps,
  { title, parentId }: { title: string; parentId: string | null },
): Promise<string> {
  return deps.db.transaction().execute(async (trx) => {
    await lockTree(trx);
    return (await findCategoryByTitle(trx, parentId, title)) ?? (await insertNew(deps, trx, { title, parentId })).id;
  });
}

async function insertNew(
  deps: Omit<EditCategoriesDeps, 'db'>,
  trx: Transaction,
  fields: CategoryFields,
): Promise<Category> {
  if (fields.parentId !== null) await assertParentExists(trx, fields.parentId);
  const now = deps.clock();
  const newCode = deps.newCode ?? randomCategoryCode;
  const base = { id: deps.newId(now), parentId: fields.parentId, title: fields.title, version: 1 };
  for (let attempt = 1; attempt <= maxCodeAttempts; attempt += 1) {
    const category = { ...base, code: fields.code ?? newCode(), createdAt: now, updatedAt: now };
    if (await insertCategory(trx, category)) {
      await recordCategory(deps, trx, now, undefined, category);
      return category;
    }
    if (fields.code !== undefined) throw duplicateCode();
  }
  throw new Error(`no free category code in ${maxCodeAttempts} attempts`);
}

/** @throws Problem not-found, stale, unknown-category for the parent, category-cycle, duplicate for the code. */
export function updateCategory(
  deps: EditCategoriesDeps,
  id: string,
  change: CategoryChange,
  isExpected: IsExpected,
): Promise<Category> {
  return deps.db.transaction().execute(async (trx) => {
    if (change.parentId !== undefined) await lockTree(trx);
    const category = await lockExpected(trx, id, isExpected);
    const changed: Category = {
      ...category,
      title: change.title ?? category.title,
      code: change.code ?? category.code,
      parentId: change.parentId === undefined ? category.parentId : change.parentId,
      version: category.version + 1,
      updatedAt: deps.clock(),
    };
    if (changed.parentId !== category.parentId) await move(trx, id, changed.parentId);
    await saveCategory(trx, changed);
    await recordCategory(deps, trx, changed.updatedAt, category, changed);
    return changed;
  });
}

async function move(trx: Transaction, id: string, parentId: string | null): Promise<void> {
  if (parentId !== null) {
    await assertParentExists(trx, parentId);
    if (await isWithin(trx, parentId, id)) {
      throw new Problem(categoryCycle, 'The new parent is this category or one of its descendants.', {
        errors: [{ pointer: '/parent', detail: 'is inside the category that would move' }],
      });
    }
  }
  await moveSubtree(trx, id, parentId);
}

/** @throws Problem not-found, stale, category-in-use while it has children or products that are not deleted. */
export function removeCategory(deps: EditCategoriesDeps, id: string, isExpected: IsExpected): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    await lockTree(trx);
    const category = await lockExpected(trx, id, isExpected);
    await releaseDeletedProducts(trx, id);
    await deleteCategory(trx, id);
    await recordCategory(deps, trx, deps.clock(), category, undefined);
  });
}

async function lockExpected(trx: Transaction, id: string, isExpected: IsExpected): Promise<Category> {
  const category = await lockCategory(trx, id);
  if (!category) throw new Problem(notFound, 'There is no such category.');
  if (!isExpected(categoryEtag(category))) throw new Problem(stale, 'The category has changed since you read it.');
  return category;
}

async function assertParentExists(trx: Transaction, parentId: string): Promise<void> {
  if (await findCategory(trx, parentId)) return;
  throw new Problem(unknownCategory, 'There is no such parent category.', {
    errors: [{ pointer: '/parent', detail: 'is not the id of a category' }],
  });
}
