// Owns the HTTP face of files to take away: orders, products and customers as their lists find them.

import { Type } from 'typebox';
import { findProducts, productListQuery } from '../catalog/list-products.ts';
import { listCategoryPaths } from '../catalog/report-store.ts';
import { customerListQuery, findCustomers } from '../customers/list-customers.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { Permission } from '../identity/identity.ts';
import { listQuery, searchOrders } from '../orders/list-orders.ts';
import type { App } from '../platform/http.ts';
import { localDay } from '../platform/local-time.ts';
import { currencyDecimals } from '../platform/money.ts';
import { invalidRequest, unavailable } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { createFiles } from './csv-stream.ts';
import {
  customerColumns,
  customerRecord,
  orderColumns,
  orderLineColumns,
  orderLineRecords,
  orderRecord,
  productColumns,
  productRecord,
  type Style,
} from './export-rows.ts';
import { createLocalIso } from './local-iso.ts';

export interface ExportDeps {
  read: Read;
  clock: () => Date;
  currency: string;
  defaultRegion: string;
  /** IANA name. */
  timeZone: string;
}

const pageRows = 500;

const withoutPage = <T extends { limit?: unknown; cursor?: unknown }>({ limit: _limit, cursor: _cursor, ...rest }: T) =>
  rest;

export function registerExports(app: App, deps: ExportDeps): void {
  const sendFile = createFiles();
  const { read, timeZone } = deps;
  const decimals = currencyDecimals(deps.currency);
  const style = (): Style => ({ decimals, time: createLocalIso(timeZone) });
  const nameOf = (what: string) => `${what}-${localDay(deps.clock(), timeZone)}`;
  const found = (cursor: string | undefined) => ({ limit: pageRows, ...(cursor !== undefined && { cursor }) });

  app.get(
    '/api/v1/orders/export/',
    {
      ...route('orders:read'),
      schema: {
        ...describe(
          'orders',
          'orders_export',
          'Orders as a file',
          'With `?lines=true` a record for each line of an order.',
        ),
        querystring: Type.Object(
          {
            ...withoutPage(listQuery.properties),
            lines: Type.Optional(Type.Boolean({ description: 'A record for each line.' })),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { lines, ...query } = request.query;
      const shown = style();
      const caller = callerOf(request);
      return sendFile(reply, nameOf('orders'), lines ? orderLineColumns : orderColumns, async (cursor) => {
        const asked = { ...query, ...found(cursor) };
        const { orders, next } = await read((db) => searchOrders({ ...deps, db }, caller, asked, request));
        const records = lines
          ? orders.flatMap((order) => orderLineRecords(order, shown))
          : orders.map((order) => orderRecord(order, shown));
        return { records, next };
      });
    },
  );

  app.get(
    '/api/v1/products/export/',
    {
      ...route('catalog:write'),
      schema: {
        ...describe(
          'products',
          'products_export',
          'Products as a file',
          'With the columns that a file of products is brought in with.',
        ),
        querystring: Type.Object(withoutPage(productListQuery.properties), { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      const shown = style();
      const paths = await read(listCategoryPaths);
      return sendFile(reply, nameOf('products'), productColumns, async (cursor) => {
        const asked = { ...request.query, ...found(cursor) };
        const { products, next } = await read((db) => findProducts({ db, decimals }, asked, request));
        return { records: products.map((product) => productRecord(product, paths, shown)), next };
      });
    },
  );

  app.get(
    '/api/v1/customers/export/',
    {
      ...route('customers:read'),
      schema: {
        ...describe('customers', 'customers_export', 'Customers as a file', ''),
        querystring: Type.Object(withoutPage(customerListQuery.properties), { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      const shown = style();
      return sendFile(reply, nameOf('customers'), customerColumns, async (cursor) => {
        const asked = { ...request.query, ...found(cursor) };
        const { customers, next } = await read((db) => findCustomers({ ...deps, db }, asked, request));
        return { records: customers.map((customer) => customerRecord(customer, shown)), next };
      });
    },
  );
}

/** Without HEAD, which would read the whole file for nothing. */
const route = (access: Permission) => ({ config: { access }, exposeHeadRoute: false });

const describe = (tag: string, operationId: string, summary: string, more: string) => ({
  operationId,
  tags: [tag],
  summary,
  description:
    `CSV (RFC 4180, UTF-8 with a byte order mark) of all that the list finds with the same filters, in its order; times have the shop's offset, and ` +
    `a text that a spreadsheet would take for a formula begins with an apostrophe. ${more}`.trim(),
  response: {
    200: { description: 'The file.', content: { 'text/csv': { schema: Type.String() } } },
    ...problemResponses(invalidRequest, unauthenticated, forbidden, unavailable),
  },
});
