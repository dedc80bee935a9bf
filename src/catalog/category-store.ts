// Owns the SQL of `categories` and of the two tables that follow from it, `category_paths` and `category_totals`.

import { type Kysely, sql } from 'kysely';
import { type Database, refusedBy, type Transaction } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';
import type { Category } from './category.ts';
import { categoryInUse, categoryTooDeep, duplicate } from './problems.ts';

declare module '../platform/database.ts' {
  interface Database {
    categories: CategoriesTable;
    category_paths: CategoryPathsTable;
    category_totals: CategoryTotalsTable;
  }
}

export interface CategoriesTable {
  id: string;
  parent_id: string | null;
  code: string;
  title: string;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** Every category with each of its descendants; itself at depth 0. */
export interface CategoryPathsTable {
  ancestor_id: string;
  descendant_id: string;
  depth: number;
}

/** Live products directly in a category. Written by triggers on `products` alone. */
export interface CategoryTotalsTable {
  category_id: string;
  product_count: number;
  price_minor_sum: number;
}

const columns = [
  'id',
  'parent_id as parentId',
  'code',
  'title',
  'version',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export function findCategory(db: Kysely<Database>, id: string): Promise<Category | undefined> {
  return db.selectFrom('categories').select(columns).where('id', '=', id).executeTakeFirst();
}

/** Reads a category and keeps everybody else from changing it until the transaction ends. */
export function lockCategory(trx: Transaction, id: string): Promise<Category | undefined> {
  return trx.selectFrom('categories').select(columns).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** The category of this title directly below the parent, or at the top; the oldest, where there are several. */
export async function findCategoryByTitle(
  db: Kysely<Database>,
  parentId: string | null,
  title: string,
): Promise<string | undefined> {
  const found = await db
    .selectFrom('categories')
    .select('id')
    .where((where) => (parentId === null ? where('parent_id', 'is', null) : where('parent_id', '=', parentId)))
    .where('title', '=', title)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return found?.id;
}

/**
 * Keeps every other transaction from changing the shape of the tree until this one ends; readers are not held up.
 * One lock for the tree, taken before any row, because two moves that are each legal can make a cycle together.
 */
export async function lockTree(trx: Transaction): Promise<void> {
  await sql`lock table category_paths in share row exclusive mode`.execute(trx);
}

export interface CategoryFilter {
  /** Null: only those at the top. */
  parentId?: string | null | undefined;
  /** Only those older than this one. */
  before?: { createdAt: Date; id: string } | undefined;
}

/** Newest first. */
export function listCategories(db: Kysely<Database>, filter: CategoryFilter, limit: number): Promise<Category[]> {
  let query = db.selectFrom('categories').select(columns);
  if (filter.parentId === null) query = query.where('parent_id', 'is', null);
  else if (filter.parentId !== undefined) query = query.where('parent_id', '=', filter.parentId);
  if (filter.before) {
    const { createdAt, id } = filter.before;
    query = query.where(sql<boolean>`(created_at, id) < (${createdAt}, ${id})`);
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/** Everything below these categories, newest first. */
export function listDescendants(db: Kysely<Database>, ids: string[]): Promise<Category[]> {
  return db
    .selectFrom('category_paths')
    .innerJoin('categories', 'id', 'descendant_id')
    .select(columns)
    .where('ancestor_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('depth', '>', 0)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

export async function countCategories(db: Kysely<Database>): Promise<number> {
  const { total } = await db
    .selectFrom('categories')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

/** True when `id` is `ancestorId` itself or anywhere below it. */
export async function isWithin(db: Kysely<Database>, id: string, ancestorId: string): Promise<boolean> {
  const row = await db
    .selectFrom('category_paths')
    .select('depth')
    .where('ancestor_id', '=', ancestorId)
    .where('descendant_id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The average price of the live products in a category and everything below it, in minor units rounded half up;
 * 0 where there are none, undefined for an unknown category.
 */
export async function findAveragePrice(db: Kysely<Database>, categoryId: string): Promise<number | undefined> {
  const { rows } = await sql<{ categories: number; average: number }>`
    select count(*) as categories,
      coalesce(round(sum(price_minor_sum) / nullif(sum(product_count), 0)), 0)::bigint as average
    from category_paths left join category_totals on category_id = descendant_id
    where ancestor_id = ${categoryId}`.execute(db);
  return rows[0]?.categories ? rows[0].average : undefined;
}

/** Writes a category and its place in the tree, under `lockTree`. False when its code is taken. */
export async function insertCategory(trx: Transaction, category: Category): Promise<boolean> {
  const inserted = await trx
    .insertInto('categories')
    .values({
      id: category.id,
      parent_id: category.parentId,
      code: category.code,
      title: category.title,
      version: category.version,
      created_at: category.createdAt,
      updated_at: category.updatedAt,
    })
    .onConflict((conflict) => conflict.column('code').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) return false;
  await refusedBy(
    refusals,
    sql`
    insert into category_paths (ancestor_id, descendant_id, depth)
    select ancestor_id, ${category.id}::uuid, depth + 1 from category_paths where descendant_id = ${category.parentId}
    union all select ${category.id}, ${category.id}, 0`.execute(trx),
  );
  return true;
}

/** Writes the fields of a category that `lockCategory` holds. @throws Problem duplicate when its code is taken. */
export async function saveCategory(trx: Transaction, category: Category): Promise<void> {
  await refusedBy(
    refusals,
    trx
      .updateTable('categories')
      .set({
        parent_id: category.parentId,
        code: category.code,
        title: category.title,
        version: category.version,
        updated_at: category.updatedAt,
      })
      .where('id', '=', category.id)
      .execute(),
  );
}

/** Brings the closure in line with a new parent, under `lockTree`: the subtree leaves its old ancestors and joins the new. */
export async function moveSubtree(trx: Transaction, id: string, parentId: string | null): Promise<void> {
  await sql`
    delete from category_paths using category_paths above, category_paths below
    where above.descendant_id = ${id} and above.depth > 0 and below.ancestor_id = ${id}
      and category_paths.ancestor_id = above.ancestor_id and category_paths.descendant_id = below.descendant_id`.execute(
    trx,
  );
  await refusedBy(
    refusals,
    sql`
    insert into category_paths (ancestor_id, descendant_id, depth)
    select above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
    from category_paths above, category_paths below
    where above.descendant_id = ${parentId} and below.ancestor_id = ${id}`.execute(trx),
  );
}

/** Under `lockTree`. @throws Problem category-in-use while anything is in it. */
export async function deleteCategory(trx: Transaction, id: string): Promise<void> {
  await refusedBy(refusals, trx.deleteFrom('categories').where('id', '=', id).execute());
}

const refusals: Record<string, () => Problem> = {
  categories_code_key: () => duplicateCode(),
  category_paths_depth: () => new Problem(categoryTooDeep, 'The category would have more than 1,000 others above it.'),
  categories_parent_id_fkey: () => new Problem(categoryInUse, 'The category still has child categories.'),
  products_category_id_fkey: () => new Problem(categoryInUse, 'The category still has products.'),
};

export const duplicateCode = (): Problem =>
  new Problem(duplicate, 'Another category has this code.', {
    errors: [{ pointer: '/code', detail: 'is taken by another category' }],
  });
