// Owns the HTTP face of products.

import { type Static, Type } from 'typebox';
import { answerOnce } from '../idempotency/answer-once.ts';
import { idempotencyHeader, keyReused, requestKey } from '../idempotency/request-key.ts';
import { forbidden, unauthenticated } from '../identity/access.ts';
import { type RenderedList, renderList, sendList, sendTagged } from '../platform/conditional-reply.ts';
import { isExpectedBy } from '../platform/etag.ts';
import type { App } from '../platform/http.ts';
import { currencyDecimals, parseMoney, toMajor } from '../platform/money.ts';
import { invalidRequest, notFound, Problem, stale } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { createSharedReads } from '../platform/shared-reads.ts';
import type { CatalogDeps } from './catalog-deps.ts';
import { findAveragePrice } from './category-store.ts';
import { edited, keptFor, onceWithKey, sendCreated } from './created-reply.ts';
import {
  createProduct,
  type ProductFields,
  type ProductReplacement,
  removeProduct,
  replaceProduct,
  updateProduct,
} from './edit-products.ts';
import { findProducts, productListQuery } from './list-products.ts';
import { duplicate, unknownCategory, unseenStock } from './problems.ts';
import { type Product, productEtag, productJson } from './product.ts';
import { findProduct } from './product-store.ts';
import { averagePriceSchema, productBody, productPatchBody, productSchema } from './schemas.ts';

const tags = ['products'];
const productRef = Type.Ref('Product');
const notModified = { description: 'You have it already.', type: 'null' };
const writeProblems = [invalidRequest, unauthenticated, forbidden, unknownCategory, duplicate] as const;

// The original's clients send the id in quotes and with a stray slash: ?category_id="ID"/
const quotedId = '^"?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"?/?$';

export function registerProducts(app: App, deps: CatalogDeps): void {
  app.addSchema(productSchema);
  registerProductReads(app, deps);
  registerProductWrites(app, deps);
}

function registerProductReads(app: App, deps: CatalogDeps): void {
  const { readsOf, currency } = deps;
  const decimals = currencyDecimals(currency);
  const shareList = createSharedReads<RenderedList>();
  const shareProduct = createSharedReads<Product | undefined>();

  app.get(
    '/api/v1/products/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'products_list',
        tags,
        summary: 'List products',
        querystring: productListQuery,
        response: {
          200: { description: 'A page of products.', type: 'array', items: productRef },
          304: notModified,
          ...problemResponses(invalidRequest),
        },
      },
    },
    async (request, reply) => {
      const reads = readsOf(request);
      const list = await shareList(reads.key + request.baseUrl + request.url, async () => {
        const { products, links } = await reads.list((from) =>
          findProducts({ db: from, decimals }, request.query, request),
        );
        const json = products.map((product) => productJson(product, currency, decimals));
        return renderList(json, links);
      });
      return sendList(request, reply, list);
    },
  );

  app.get(
    '/api/v1/products/average_price/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'products_average_price',
        tags,
        summary: 'The average price in a category',
        description: 'Over the products of the category and of everything below it; 0 where there are none.',
        querystring: Type.Object(
          { category_id: Type.String({ pattern: quotedId, description: 'The id of a category.' }) },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'The average price.', ...averagePriceSchema },
          ...problemResponses(invalidRequest, notFound),
        },
      },
    },
    async (request, reply) => {
      const categoryId = request.query.category_id.replaceAll(/["/]/g, '').toLowerCase();
      const average = await readsOf(request).list((from) => findAveragePrice(from, categoryId));
      if (average === undefined) throw new Problem(notFound, 'There is no such category.');
      return reply.send({ category_id: categoryId, average_price: toMajor(average, decimals) });
    },
  );

  app.get(
    '/api/v1/products/:id/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'products_read',
        tags,
        summary: 'One product',
        params: idParams,
        response: {
          200: { description: 'The product.', ...productRef },
          304: notModified,
          ...problemResponses(invalidRequest, notFound),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const reads = readsOf(request);
      const product = await shareProduct(reads.key + id, () => reads.now((db) => findProduct(db, id)));
      if (!product) throw new Problem(notFound, 'There is no such product.');
      return sendTagged(request, reply, productEtag(product), productJson(product, currency, decimals));
    },
  );
}

function registerProductWrites(app: App, deps: CatalogDeps): void {
  const { currency } = deps;
  const decimals = currencyDecimals(currency);
  const json = (product: Product) => productJson(product, currency, decimals);

  app.post(
    '/api/v1/products/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'products_create',
        tags,
        summary: 'Add a product',
        description: onceWithKey,
        headers: idempotencyHeader(keptFor),
        body: productBody,
        response: { 201: { description: 'Added.', ...productRef }, ...problemResponses(...writeProblems, keyReused) },
      },
    },
    async (request, reply) => {
      const fields = { stock: null, maxPerOrder: null, ...wholeProduct(request.body, decimals) };
      const made = await answerOnce(deps, requestKey(request, request.body), async (trx) => {
        const product = await createProduct(edited(deps, request), trx, fields);
        return { etag: productEtag(product), json: json(product) };
      });
      return sendCreated(reply, `${app.basePath}/api/v1/products/`, made);
    },
  );

  const changed = {
    200: { description: 'The product as it is now.', ...productRef },
    ...problemResponses(...writeProblems, notFound, stale),
  };
  app.put(
    '/api/v1/products/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'products_update',
        tags,
        summary: 'Replace a product',
        description:
          'What is left out becomes empty, `stock` excepted: it stays as it is. With `If-Match`, only when nobody has changed it, or bought of it, since. Another `stock` than there is needs that.',
        params: idParams,
        body: productBody,
        response: { ...changed, ...problemResponses(unseenStock) },
      },
    },
    async (request, reply) => {
      const whole = wholeProduct(request.body, decimals);
      const isExpected = request.headers['if-match'] === undefined ? undefined : isExpectedBy(request);
      const product = await replaceProduct(edited(deps, request), request.params.id, whole, isExpected);
      return reply.header('etag', productEtag(product)).send(json(product));
    },
  );

  app.patch(
    '/api/v1/products/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'products_partial_update',
        tags,
        summary: 'Change parts of a product',
        description:
          'What is left out stays as it is. With `If-Match`, only when nobody has changed it, or bought of it, since. A `stock` is taken as a count of this moment.',
        params: idParams,
        body: productPatchBody,
        response: changed,
      },
    },
    async (request, reply) => {
      const change = productChange(request.body, decimals);
      const product = await updateProduct(edited(deps, request), request.params.id, change, isExpectedBy(request));
      return reply.header('etag', productEtag(product)).send(json(product));
    },
  );

  app.delete(
    '/api/v1/products/:id/',
    {
      config: { access: 'catalog:write' },
      schema: {
        operationId: 'products_delete',
        tags,
        summary: 'Delete a product',
        description: 'It can no longer be seen or ordered. Orders keep their lines and prices.',
        params: idParams,
        response: {
          204: { description: 'Deleted.', type: 'null' },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, stale),
        },
      },
    },
    async (request, reply) => {
      await removeProduct(edited(deps, request), request.params.id, isExpectedBy(request));
      return reply.code(204).send(null);
    },
  );
}

function wholeProduct(body: Static<typeof productBody>, decimals: number): ProductReplacement {
  return {
    name: body.name,
    description: body.description ?? '',
    priceMinor: priceOf(body.price, decimals),
    categoryId: body.category,
    sku: body.sku ?? null,
    ...(body.max_per_order !== undefined && { maxPerOrder: body.max_per_order }),
    ...(body.stock !== undefined && { stock: body.stock }),
  };
}

function productChange(body: Static<typeof productPatchBody>, decimals: number): Partial<ProductFields> {
  return {
    ...(body.name !== undefined && { name: body.name }),
    ...(body.description !== undefined && { description: body.description }),
    ...(body.price !== undefined && { priceMinor: priceOf(body.price, decimals) }),
    ...(body.category !== undefined && { categoryId: body.category }),
    ...(body.sku !== undefined && { sku: body.sku }),
    ...(body.max_per_order !== undefined && { maxPerOrder: body.max_per_order }),
    ...(body.stock !== undefined && { stock: body.stock }),
  };
}

function priceOf(price: number | string, decimals: number): number {
  const minor = parseMoney(price, decimals);
  if (minor !== undefined) return minor;
  throw new Problem(invalidRequest, 'The price is not an amount of money.', {
    errors: [{ pointer: '/price', detail: `must be from 0 to 1000000000 with at most ${decimals} decimals` }],
  });
}
