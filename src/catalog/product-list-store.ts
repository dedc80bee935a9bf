// Owns the SQL that lists products: filters, search and keyset pages, each walking an index.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { Product, ProductListOrder } from './product.ts';
import { productColumns } from './product-store.ts';

export interface ProductFilter {
  /** This category and everything below it. */
  categoryId?: string | undefined;
  /** The SKU, or words of the name, each found in spite of a typing error; `relevance` needs it. */
  search?: string | undefined;
  minPriceMinor?: number | undefined;
  maxPriceMinor?: number | undefined;
  /** False: only those whose counted stock is gone. */
  inStock?: boolean | undefined;
  order: ProductListOrder;
  /** Where the page before ended: what its last product is ordered by, and its id, which tells ties apart. */
  after?: { key: string | number | Date; id: string } | undefined;
}

/** `relevance` is there when the list is ordered by it: how well the search matches, 0 to 1. */
export type ListedProduct = Product & { relevance?: number };

/** What a search looks for. Without a letter or a digit there is nothing to find. */
const wordsOf = (search: string): string[] => search.match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * How alike a word and a stretch of the name must be (pg_trgm's word_similarity). One typing error leaves 0.33 of a
 * word as long as "Samsung" and 0.5 of "sugar"; a word of up to four letters must be whole, or the beginning of one.
 */
function leastSimilarity(word: string): number {
  if (word.length <= 4) return 0.6;
  return word.length <= 6 ? 0.4 : 0.3;
}

/** One page in the filter's order. Deleted products are never listed. */
export async function listProducts(
  db: Kysely<Database>,
  filter: ProductFilter,
  limit: number,
): Promise<ListedProduct[]> {
  if (filter.search === undefined) return productPage(db, filter, limit).execute();
  const words = wordsOf(filter.search);
  if (words.length === 0) return [];
  const threshold = Math.min(...words.map(leastSimilarity));
  return db.transaction().execute(async (trx) => {
    // What the operator <% asks of the index; a word that must be more alike says so itself.
    await sql`select set_config('pg_trgm.word_similarity_threshold', ${String(threshold)}, true)`.execute(trx);
    return productPage(trx, filter, limit).execute();
  });
}

/**
 * The one statement behind every list, apart so that its plans can be looked at. Stock is looked up row by row, by key,
 * once the page is known: a join would let the planner read the whole table.
 */
export function productPage(db: Kysely<Database>, filter: ProductFilter, limit: number) {
  const onHand = sql<number | null>`(select on_hand from stock where product_id = products.id)`;
  const search = filter.search ?? '';
  const skus = sql`(${search}, ${search.toUpperCase()})`;
  const relevance = sql<number>`case when sku in ${skus} then 1 else word_similarity(${search}, name) end`;
  const descending = filter.order.startsWith('-');
  const key = {
    created_at: sql.ref('created_at'),
    '-created_at': sql.ref('created_at'),
    name: sql.ref('name'),
    '-name': sql.ref('name'),
    price: sql.ref('price_minor'),
    '-price': sql.ref('price_minor'),
    '-relevance': relevance,
  }[filter.order];

  let query = db
    .selectFrom('products')
    .select(productColumns)
    .select(onHand.as('stock'))
    .where('deleted_at', 'is', null)
    .orderBy(key, descending ? 'desc' : 'asc')
    .orderBy('id', descending ? 'desc' : 'asc')
    .limit(limit)
    .$if(filter.order === '-relevance', (page) => page.select(relevance.as('relevance')));
  if (filter.categoryId !== undefined) {
    const below = db.selectFrom('category_paths').select('descendant_id').where('ancestor_id', '=', filter.categoryId);
    query = query.where('category_id', 'in', below);
  }
  if (filter.search !== undefined) {
    const likeness = wordsOf(search).map(
      (word) => sql`${word} <% name and word_similarity(${word}, name) >= ${leastSimilarity(word)}`,
    );
    query = query.where(sql<boolean>`(${sql.join(likeness, sql` and `)} or sku in ${skus})`);
  }
  if (filter.minPriceMinor !== undefined) query = query.where('price_minor', '>=', filter.minPriceMinor);
  if (filter.maxPriceMinor !== undefined) query = query.where('price_minor', '<=', filter.maxPriceMinor);
  if (filter.inStock === true) query = query.where(sql<boolean>`coalesce(${onHand}, 1) > 0`);
  if (filter.inStock === false) query = query.where(onHand, '=', 0);
  if (filter.after) {
    const { key: lastKey, id } = filter.after;
    query = query.where(sql<boolean>`(${key}, id) ${sql.raw(descending ? '<' : '>')} (${lastKey}, ${id})`);
  }
  return query;
}
