// Owns the HTTP face of what messages cost: by day, and of one order.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { forbidden, unauthenticated } from '../identity/access.ts';
import { findOrderSummary } from '../orders/store.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { addDays, daysBetween, localDay } from '../platform/local-time.ts';
import { invalidRequest, notFound, Problem } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { costOfOrder, listCosts } from './cost-store.ts';
import { channels } from './message.ts';

export interface CostsDeps {
  db: Kysely<Database>;
  read: Read;
  clock: () => Date;
  /** IANA name. */
  timeZone: string;
}

const tags = ['messages'];
const maxDays = 366;
const defaultDays = 30;

const amount = {
  amount: Type.Number({ description: 'As the provider charges it.' }),
  currency: Type.String({ description: 'The one of the provider, which need not be the one of the shop.' }),
  messages: Type.Integer({ description: 'How many messages it was charged for.' }),
};

const dailyCostSchema = Type.Object(
  {
    day: Type.String({ format: 'date', description: 'In the time zone of the shop.' }),
    channel: Type.Enum([...channels]),
    ...amount,
  },
  {
    $id: 'DailyMessageCost',
    examples: [{ day: '2026-02-14', channel: 'sms', amount: 1180.8, currency: 'KES', messages: 1476 }],
  },
);

const orderCostSchema = Type.Object(amount, {
  $id: 'OrderMessageCost',
  examples: [{ amount: 2.4, currency: 'KES', messages: 3 }],
});

const costsQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({ format: 'date', description: `The first day; ${defaultDays} days ago unless given.` }),
    ),
    to: Type.Optional(
      Type.String({ format: 'date', description: `The last day; today unless given. ${maxDays} days at most.` }),
    ),
  },
  { additionalProperties: false },
);

export function registerCosts(app: App, deps: CostsDeps): void {
  app.addSchema(dailyCostSchema);
  app.addSchema(orderCostSchema);

  app.get(
    '/api/v1/message-costs/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'message_costs_list',
        tags,
        summary: 'What messages cost, by day',
        description: 'Newest day first: one entry for each day, channel and currency in which anything was charged.',
        querystring: costsQuery,
        response: {
          200: { description: 'The costs.', type: 'array', items: Type.Ref('DailyMessageCost') },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { from, to } = toDays(request.query, localDay(deps.clock(), deps.timeZone));
      const costs = await deps.read((db) => listCosts(db, from, to));
      return reply.send(costs.map((cost) => ({ ...cost, amount: Number(cost.amount) })));
    },
  );

  app.get(
    '/api/v1/message-costs/orders/:id/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'message_costs_of_order',
        tags,
        summary: 'What the messages of an order cost',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: {
          200: {
            description: 'By currency; empty where nothing was charged.',
            type: 'array',
            items: Type.Ref('OrderMessageCost'),
          },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await findOrderSummary(deps.db, id))) throw new Problem(notFound, 'There is no such order.');
      const costs = await costOfOrder(deps.db, id);
      return reply.send(costs.map((cost) => ({ ...cost, amount: Number(cost.amount) })));
    },
  );
}

/** @throws Problem invalid-request for days in the wrong order, or too many */
function toDays(query: Static<typeof costsQuery>, today: string): { from: string; to: string } {
  const to = query.to ?? today;
  const from = query.from ?? addDays(to, 1 - defaultDays);
  if (from > to) throw badRange('must not be after `to`');
  if (daysBetween(from, to) >= maxDays) throw badRange(`must be within ${maxDays} days of \`to\``);
  return { from, to };
}

const badRange = (detail: string): Problem =>
  new Problem(invalidRequest, 'The days are not a range that can be asked for.', {
    errors: [{ pointer: '?from', detail }],
  });
