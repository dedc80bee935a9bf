// Owns the SQL of what reports ask of the catalogue: where products stand now, and which run out.

import { type Kysely, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database } from '../platform/database.ts';

/** In which category each product is, deleted ones too; null for none. */
export async function listCategoriesOf(
  db: Kysely<Database>,
  productIds: readonly string[],
): Promise<{ productId: string; categoryId: string | null; title: string | null }[]> {
  const { rows } = await sql<{ productId: string; categoryId: string | null; title: string | null }>`
    select products.id as "productId", categories.id as "categoryId", title
    from products left join categories on categories.id = category_id
    where products.id = any(${uuidArray(productIds)}::uuid[])`.execute(db);
  return rows;
}

/** The path of every category, as a product file writes it: `Kitchen > Mugs`. */
export async function listCategoryPaths(db: Kysely<Database>): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; path: string }>`
    select descendant_id as id, string_agg(title, ' > ' order by depth desc) as path
    from category_paths join categories on categories.id = ancestor_id group by descendant_id`.execute(db);
  return new Map(rows.map(({ id, path }) => [id, path]));
}

export interface LowProduct {
  id: string;
  name: string;
  sku: string | null;
  onHand: number;
}

/** The products, of those whose stock is counted, that have this much or less: those with least first, `limit` at most. */
export async function listRunningOut(db: Kysely<Database>, most: number, limit: number): Promise<LowProduct[]> {
  const { rows } = await sql<LowProduct>`
    select id, name, sku, on_hand as "onHand" from stock join products on id = product_id
    where on_hand <= ${most} and deleted_at is null order by on_hand, id limit ${limit}`.execute(db);
  return rows;
}
