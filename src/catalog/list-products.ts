// Owns finding products: what a list can be asked for, its cursors, and one page of it.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import type { Asked } from '../platform/addresses.ts';
import type { Database } from '../platform/database.ts';
import { uuidPattern } from '../platform/ids.ts';
import { parseMoney } from '../platform/money.ts';
import { cutPage, decodeCursor, foreignCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';
import { isTier } from '../search/word-index.ts';
import { type ProductListOrder, productOrderings } from './product.ts';
import { type ListedProduct, listProducts, type ProductFilter } from './product-list-store.ts';

const amount = (description: string) => Type.String({ maxLength: 20, description, examples: ['150.00'] });

export const productListQuery = Type.Object(
  {
    ...pageQuery,
    category_id: Type.Optional(Type.String({ format: 'uuid', description: 'This category and everything below it.' })),
    search: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'Words of the name or the SKU, or their beginnings, with or without marks and apostrophes. The best match comes ' +
          'first: names that are just this, then those with all these words, then those with words that begin so, and the ' +
          'newest of each first. Typing errors are forgiven where nothing has the words. Of more than eight words the ' +
          'longest eight count; a text without a letter or a digit finds nothing.',
        examples: ['samsnug phone'],
      }),
    ),
    min_price: Type.Optional(amount('This price or more, in major units.')),
    max_price: Type.Optional(amount('This price or less, in major units.')),
    in_stock: Type.Optional(
      Type.Boolean({ description: 'True: can be ordered now, or is not counted. False: the counted stock is gone.' }),
    ),
    ordering: Type.Optional(
      Type.Enum([...productOrderings], {
        description: 'Newest first unless given, or the best match where you search.',
      }),
    ),
  },
  { additionalProperties: false },
);

type ProductListQuery = Static<typeof productListQuery>;

/** One page of the products asked for, its `Link` header, and the cursor of the next if there is one. @throws Problem invalid-request for an amount or a cursor. */
export async function findProducts(
  deps: { db: Kysely<Database>; decimals: number },
  query: ProductListQuery,
  asked: Asked,
): Promise<{ products: ListedProduct[]; links: string; next: string | undefined }> {
  const search = query.search?.trim() || undefined;
  const order = query.ordering ?? (search === undefined ? '-created_at' : '-relevance');
  const limit = pageSize(query);
  const found = await listProducts(
    deps.db,
    {
      categoryId: query.category_id,
      search,
      minPriceMinor: minorOf(query, 'min_price', deps.decimals),
      maxPriceMinor: minorOf(query, 'max_price', deps.decimals),
      inStock: query.in_stock,
      order,
      after: query.cursor === undefined ? undefined : decodePosition(query.cursor, order, search !== undefined),
    },
    limit + 1,
  );
  const { page, next } = cutPage(found, limit, (last) => positionOf(last, order));
  return { products: page, links: pageLinks(asked, next), next };
}

function minorOf(query: ProductListQuery, name: 'min_price' | 'max_price', decimals: number): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const minor = parseMoney(text, decimals);
  if (minor !== undefined) return minor;
  throw new Problem(invalidRequest, 'The query of the request is not valid.', {
    errors: [{ pointer: `?${name}`, detail: `must be an amount with at most ${decimals} decimals` }],
  });
}

/** Where a product stands in its list, as a cursor holds it: what it is ordered by, its id, and how well it answers to a search. */
function positionOf(product: ListedProduct, order: ProductListOrder): (string | number)[] {
  const position = [keyOf(product, order), product.id];
  return product.tier === undefined ? position : [...position, product.tier];
}

function keyOf(product: ListedProduct, order: ProductListOrder): string | number {
  if (order.endsWith('name')) return product.name;
  if (order.endsWith('price')) return product.priceMinor;
  if (order === '-relevance') return product.key ?? '';
  return product.createdAt.getTime();
}

const lastTime = Date.UTC(9999, 11, 31);

function decodePosition(cursor: string, order: ProductListOrder, isSearch: boolean): ProductFilter['after'] {
  const [key, id, tier] = decodeCursor(cursor, isSearch ? 3 : 2);
  if (typeof id !== 'string' || !uuidPattern.test(id)) throw foreignCursor();
  if (isSearch && !isTier(tier)) throw foreignCursor();
  return { key: decodeKey(key, order), id, ...(isTier(tier) && { tier }) };
}

function decodeKey(key: unknown, order: ProductListOrder): string | number | Date {
  if (order.endsWith('name') || order === '-relevance') {
    if (typeof key !== 'string') throw foreignCursor();
    return key;
  }
  if (typeof key !== 'number' || key < 0 || !Number.isSafeInteger(key)) throw foreignCursor();
  if (order.endsWith('price')) return key;
  if (key > lastTime) throw foreignCursor();
  return new Date(key);
}
