// Owns the HTTP face of reports: sales by period, by product and by category, messages, and what needs somebody today.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import { type Cell, csvRecord, csvStart } from '../files/write-csv.ts';
import { forbidden, unauthenticated } from '../identity/access.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { localDay } from '../platform/local-time.ts';
import { currencyDecimals } from '../platform/money.ts';
import { invalidRequest } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { addUpProducts, addUpSales, reportNotReady } from './add-up-sales.ts';
import { addUpCategories, best, orderings } from './best.ts';
import { type DayRange, rangeBefore, rangeFields, readRange, steps } from './period.ts';
import { readMessages } from './read-messages.ts';
import { readToday } from './read-today.ts';
import { salesByPeriod } from './sales.ts';
import {
  categorySalesSchema,
  csvColumns,
  csvOf,
  dailyMessagesSchema,
  productSalesSchema,
  salesJson,
  salesSchema,
  soldJson,
  todaySchema,
} from './schemas.ts';

export interface ReportsDeps {
  read: Read;
  clock: () => Date;
  currency: string;
  /** IANA name. */
  timeZone: string;
  /** An order that is pending for longer waits too long. */
  waitingMinutes: number;
  /** A product with so many or fewer runs out. */
  lowStock: number;
}

const tags = ['reports'];
const config = { access: 'reports:read' } as const;
const refusals = problemResponses(invalidRequest, unauthenticated, forbidden, reportNotReady);
const csvToo = 'With `Accept: text/csv` it comes as a file for spreadsheets.';

const listOf = (schema: string, description: string) => ({
  200: { description, type: 'array', items: Type.Ref(schema) },
  ...refusals,
});

const orderingField = {
  ordering: Type.Optional(Type.Enum([...orderings], { description: 'What is most; revenue unless given.' })),
};

export function registerReports(app: App, deps: ReportsDeps): void {
  for (const schema of [salesSchema, productSalesSchema, categorySalesSchema, dailyMessagesSchema, todaySchema]) {
    app.addSchema(schema);
  }
  const decimals = currencyDecimals(deps.currency);
  const { timeZone } = deps;
  const today = () => localDay(deps.clock(), timeZone);
  const products = (range: DayRange) => deps.read((db) => addUpProducts(db, range, { timeZone, now: deps.clock() }));

  app.get(
    '/api/v1/reports/sales/',
    {
      config,
      schema: {
        operationId: 'reports_sales',
        tags,
        summary: 'Orders and revenue by period',
        description: `Every period is there, also the empty ones; orders count when they were placed. ${csvToo}`,
        querystring: Type.Object(
          {
            ...rangeFields,
            by: Type.Optional(
              Type.Enum([...steps], {
                description:
                  'A day unless given. By hour at most 31 days, by day 366, by week and by month 1,830. Weeks begin on Mondays.',
              }),
            ),
            compare: Type.Optional(Type.Enum(['previous'], { description: 'Adds as many days right before.' })),
          },
          { additionalProperties: false },
        ),
        response: listOf('SalesOfPeriod', 'The periods, oldest first.'),
      },
    },
    async (request, reply) => {
      const { by = 'day', compare } = request.query;
      const asked = readRange(request.query, today(), by);
      const periods = async (db: Kysely<Database>, range: DayRange) => {
        const dated = await addUpSales(db, range, { timeZone, now: deps.clock(), byHour: by === 'hour' });
        return salesByPeriod(dated, range, by, timeZone);
      };
      const [current, previous] = await deps.read(async (db) => [
        await periods(db, asked),
        compare && (await periods(db, rangeBefore(asked))),
      ]);
      const rows = current.map((each, index) => salesJson(each, decimals, previous && (previous[index] ?? null)));
      return sendReport(request, reply, 'sales', rows, compare ? csvColumns.compared : csvColumns.sales);
    },
  );

  app.get(
    '/api/v1/reports/products/',
    {
      config,
      schema: {
        operationId: 'reports_products',
        tags,
        summary: 'What sells best',
        description: `The hundred products that sold most. ${csvToo}`,
        querystring: Type.Object({ ...rangeFields, ...orderingField }, { additionalProperties: false }),
        response: listOf('SalesOfProduct', 'The products, most first.'),
      },
    },
    async (request, reply) => {
      const sold = await products(readRange(request.query, today(), 'month'));
      const rows = best(sold, request.query.ordering).map(({ productId, name, ...each }) => ({
        product: productId,
        name,
        ...soldJson(each, decimals),
      }));
      return sendReport(request, reply, 'products', rows, csvColumns.products);
    },
  );

  app.get(
    '/api/v1/reports/categories/',
    {
      config,
      schema: {
        operationId: 'reports_categories',
        tags,
        summary: 'Which categories sell best',
        description: `By the category that each product is in now; what lies in a category below counts there. ${csvToo}`,
        querystring: Type.Object({ ...rangeFields, ...orderingField }, { additionalProperties: false }),
        response: listOf('SalesOfCategory', 'The hundred categories that sold most.'),
      },
    },
    async (request, reply) => {
      const sold = await products(readRange(request.query, today(), 'month'));
      const categories = await deps.read((db) => addUpCategories(db, sold));
      const rows = best(categories, request.query.ordering).map(({ categoryId, name, ...each }) => ({
        category: categoryId,
        name,
        ...soldJson(each, decimals),
      }));
      return sendReport(request, reply, 'categories', rows, csvColumns.categories);
    },
  );

  app.get(
    '/api/v1/reports/messages/',
    {
      config,
      schema: {
        operationId: 'reports_messages',
        tags,
        summary: 'What became of messages, by day',
        description: `Newest day first; days and channels without a message or a cost are missing. At most 31 days. ${csvToo}`,
        querystring: Type.Object(rangeFields, { additionalProperties: false }),
        response: listOf('MessagesOfDay', 'The days.'),
      },
    },
    async (request, reply) => {
      const range = readRange(request.query, today(), 'hour');
      const rows = await deps.read((db) => readMessages(db, range, timeZone));
      return sendReport(request, reply, 'messages', rows, csvColumns.messages);
    },
  );

  app.get(
    '/api/v1/reports/today/',
    {
      config,
      schema: {
        operationId: 'reports_today',
        tags,
        summary: 'What a person needs first',
        description: 'Today beside the same day of last week, and what waits for somebody.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: { description: 'Today.', ...Type.Ref('Today') }, ...refusals },
      },
    },
    async (_request, reply) =>
      reply.send(await deps.read((db) => readToday(db, { ...deps, now: deps.clock(), decimals }))),
  );
}

/** As the caller asked: JSON, or CSV under a name for the file. */
function sendReport(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  rows: readonly object[],
  columns: readonly string[],
): FastifyReply {
  void reply.headers({ vary: 'Accept', 'cache-control': 'private, no-cache' });
  if (!/\btext\/csv\b/i.test(request.headers.accept ?? '')) return reply.send(rows);
  const records: Cell[][] = csvOf(rows, columns);
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .serializer((text: string) => text)
    .send(csvStart + records.map(csvRecord).join(''));
}
