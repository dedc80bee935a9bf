// Owns the SQL that lists products: filters, search and keyset pages, each walking an index.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import {
  answers,
  answersIn,
  readSearch,
  type Search,
  settleSearch,
  type Tier,
  type WordIndex,
  walkTiers,
} from '../search/word-index.ts';
import type { Product, ProductListOrder } from './product.ts';
import { productColumns } from './product-store.ts';

declare module '../platform/database.ts' {
  interface Database {
    product_words: { product_id: string; word: string };
    product_vocabulary: { word: string };
  }
}

/** By the words of the name and of the SKU. */
export const productWords: WordIndex = {
  words: 'product_words',
  owner: 'product_id',
  vocabulary: 'product_vocabulary',
};

export interface ProductFilter {
  /** This category and everything below it. */
  categoryId?: string | undefined;
  /** Words of the name or the SKU, or their beginnings; typing errors are forgiven where nothing has them. */
  search?: string | undefined;
  minPriceMinor?: number | undefined;
  maxPriceMinor?: number | undefined;
  /** False: only those whose counted stock is gone. */
  inStock?: boolean | undefined;
  order: ProductListOrder;
  /** Where the page before ended: what its last product is ordered by, its id, which tells ties apart, and how it was found. */
  after?: { key: string | number | Date; id: string; tier?: Tier | undefined } | undefined;
}

/** With a search: how well it answers, and by what it is ordered among those that answer as well. */
export type ListedProduct = Product & { tier?: Tier; key?: string };

/** One page in the filter's order. Deleted products are never listed. */
export async function listProducts(
  db: Kysely<Database>,
  filter: ProductFilter,
  limit: number,
): Promise<ListedProduct[]> {
  if (filter.search === undefined) return productPage(db, filter, limit).execute();
  const search = await readSearch(db, productWords, filter.search);
  if (!search) return [];
  return filter.order === '-relevance'
    ? listBestFirst(db, filter, search, limit)
    : listFound(db, filter, search, limit);
}

async function listBestFirst(
  db: Kysely<Database>,
  filter: ProductFilter,
  search: Search,
  limit: number,
): Promise<ListedProduct[]> {
  const found: ListedProduct[] = [];
  await walkTiers(db, productWords, search, filter.after?.tier, async (asked, tier) => {
    const after = tier === filter.after?.tier ? filter.after : undefined;
    const page = await productPage(db, { ...filter, after }, limit - found.length, { search: asked, tier }).execute();
    for (const product of page) found.push({ ...product, tier });
    if (found.length === limit) return 'all';
    return page.length > 0 ? 'some' : 'none';
  });
  return found;
}

async function listFound(
  db: Kysely<Database>,
  filter: ProductFilter,
  search: Search,
  limit: number,
): Promise<ListedProduct[]> {
  const settled = await settleSearch(db, productWords, search, filter.after?.tier);
  if (!settled) return [];
  const page = await productPage(db, filter, limit, settled).execute();
  return page.map((product) => ({ ...product, tier: settled.tier }));
}

/**
 * The one statement behind every list, apart so that its plans can be looked at. Stock is looked up row by row, by key,
 * once the page is known: a join would let the planner read the whole table.
 * @param asked who is listed: in the order of relevance those of this tier, in any other all who answer
 */
export function productPage(
  db: Kysely<Database>,
  filter: ProductFilter,
  limit: number,
  asked?: { search: Search; tier: Tier },
) {
  const onHand = sql<number | null>`(select on_hand from stock where product_id = products.id)`;
  const descending = filter.order.startsWith('-');
  let query = db
    .selectFrom('products')
    .select(productColumns)
    .select(onHand.as('stock'))
    .where('deleted_at', 'is', null)
    .limit(limit);
  if (filter.categoryId !== undefined) {
    const below = db.selectFrom('category_paths').select('descendant_id').where('ancestor_id', '=', filter.categoryId);
    query = query.where('category_id', 'in', below);
  }
  if (filter.minPriceMinor !== undefined) query = query.where('price_minor', '>=', filter.minPriceMinor);
  if (filter.maxPriceMinor !== undefined) query = query.where('price_minor', '<=', filter.maxPriceMinor);
  if (filter.inStock === true) query = query.where(sql<boolean>`coalesce(${onHand}, 1) > 0`);
  if (filter.inStock === false) query = query.where(onHand, '=', 0);
  const { after } = filter;
  if (filter.order === '-relevance') {
    if (!asked) throw new Error('only a search has an order of relevance');
    const found = answersIn(productWords, asked.search, asked.tier);
    return query
      .innerJoin(sql<{ owner: string; key: string }>`(${found})`.as('found'), 'found.owner', 'products.id')
      .select('found.key as key')
      .orderBy('found.key')
      .orderBy('found.owner', 'desc')
      .$if(after !== undefined, (page) =>
        page.where(
          sql<boolean>`found.key >= ${after?.key} and (found.key > ${after?.key} or found.owner < ${after?.id})`,
        ),
      );
  }
  const key = sql.ref(keyColumns[filter.order]);
  if (asked) query = query.where(answers(productWords, asked.search, sql`products.id`));
  if (after)
    query = query.where(sql<boolean>`(${key}, id) ${sql.raw(descending ? '<' : '>')} (${after.key}, ${after.id})`);
  return query.orderBy(key, descending ? 'desc' : 'asc').orderBy('id', descending ? 'desc' : 'asc');
}

const keyColumns = {
  created_at: 'created_at',
  '-created_at': 'created_at',
  name: 'name',
  '-name': 'name',
  price: 'price_minor',
  '-price': 'price_minor',
};
