// Owns the SQL that lists products: filters, search and keyset pages, each walking an index.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import {
  answers,
  answersIn,
  isAfter,
  listBestFirst,
  type Place,
  readSearch,
  type Search,
  settleSearch,
  type Tier,
  type WordIndex,
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
  if (filter.order !== '-relevance') return listFound(db, filter, search, limit);
  const { after } = filter;
  const place = after && { tier: after.tier ?? 0, key: String(after.key), id: after.id };
  return listBestFirst(db, productWords, search, place, limit, (asked, begin, rest) =>
    bestPage(db, filter, asked, begin, rest).execute(),
  );
}

async function listFound(
  db: Kysely<Database>,
  filter: ProductFilter,
  search: Search,
  limit: number,
): Promise<ListedProduct[]> {
  const settled = await settleSearch(db, productWords, search, filter.after?.tier);
  if (!settled) return [];
  const page = await productPage(db, filter, limit, settled.search).execute();
  return page.map((product) => ({ ...product, tier: settled.tier }));
}

/** The statement behind every list in an order of its own, apart so that its plans can be looked at. */
export function productPage(db: Kysely<Database>, filter: ProductFilter, limit: number, search?: Search) {
  const { order, after } = filter;
  if (order === '-relevance') throw new Error('the best first is an order of searches alone');
  const key = sql.ref(keyColumns[order]);
  const direction = order.startsWith('-') ? 'desc' : 'asc';
  let query = chosen(db, filter, limit);
  if (search) query = query.where(answers(productWords, search, sql`products.id`));
  if (after) {
    const isBehind = sql.raw(direction === 'desc' ? '<' : '>');
    query = query.where(sql<boolean>`(${key}, id) ${isBehind} (${after.key}, ${after.id})`);
  }
  return query.orderBy(key, direction).orderBy('id', direction);
}

const keyColumns = {
  created_at: 'created_at',
  '-created_at': 'created_at',
  name: 'name',
  '-name': 'name',
  price: 'price_minor',
  '-price': 'price_minor',
};

/** The statement behind a search, the best first. */
export const bestPage = (
  db: Kysely<Database>,
  filter: ProductFilter,
  { search, tier }: { search: Search; tier: Tier },
  after: Place | undefined,
  limit: number,
) =>
  chosen(db, filter, limit)
    .innerJoin(
      sql<{ owner: string; key: string }>`(${answersIn(productWords, search, tier)})`.as('found'),
      'found.owner',
      'products.id',
    )
    .select('found.key as key')
    .orderBy('found.key')
    .orderBy('found.owner', 'desc')
    .$call((page) => (after ? page.where(isAfter(after)) : page));

/** Stock is looked up row by row, by key, once the page is known: a join would let the planner read the whole table. */
function chosen(db: Kysely<Database>, filter: ProductFilter, limit: number) {
  const onHand = sql<number | null>`(select on_hand from stock where product_id = products.id)`;
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
  return query;
}
