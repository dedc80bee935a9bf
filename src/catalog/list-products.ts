// Owns finding products: what a list can be asked for, its cursors, and one page of it.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import type { Database } from '../platform/database.ts';
import { uuidPattern } from '../platform/ids.ts';
import { parseMoney } from '../platform/money.ts';
import { cutPage, decodeCursor, foreignCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';
import { assertStorable } from '../platform/text.ts';
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
        description: 'Words of the name, typing errors forgiven, or the SKU. The best match comes first.',
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

/** One page of the products asked for, and its `Link` header. @throws Problem invalid-request for an amount or a cursor. */
export async function findProducts(
  deps: { db: Kysely<Database>; decimals: number; publicUrl: string },
  query: ProductListQuery,
  url: string,
): Promise<{ products: ListedProduct[]; links: string }> {
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
      after: query.cursor === undefined ? undefined : decodePosition(query.cursor, order),
    },
    limit + 1,
  );
  const { page, next } = cutPage(found, limit, (last) => [keyOf(last, order), last.id]);
  return { products: page, links: pageLinks(deps.publicUrl, url, next) };
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

/** What the product is ordered by, as a cursor holds it. */
function keyOf(product: ListedProduct, order: ProductListOrder): string | number {
  if (order.endsWith('name')) return product.name;
  if (order.endsWith('price')) return product.priceMinor;
  if (order === '-relevance') return product.relevance ?? 0;
  return product.createdAt.getTime();
}

const lastTime = Date.UTC(9999, 11, 31);
// PostgreSQL refuses a number too small for its `real`; a match shares far more than this with what it matches.
const leastRelevance = 1e-6;

function decodePosition(cursor: string, order: ProductListOrder): ProductFilter['after'] {
  const [key, id] = decodeCursor(cursor, 2);
  if (typeof id !== 'string' || !uuidPattern.test(id)) throw foreignCursor();
  if (order.endsWith('name')) {
    if (typeof key !== 'string') throw foreignCursor();
    assertStorable(key, '?cursor');
    return { key, id };
  }
  if (typeof key !== 'number' || key < 0) throw foreignCursor();
  if (order === '-relevance') {
    if (key < leastRelevance || key > 1) throw foreignCursor();
    return { key, id };
  }
  if (!Number.isSafeInteger(key)) throw foreignCursor();
  if (order.endsWith('price')) return { key, id };
  if (key > lastTime) throw foreignCursor();
  return { key: new Date(key), id };
}
