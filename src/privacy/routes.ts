// Owns the HTTP face of erasing customers: themselves, or staff on their behalf.

import { Type } from 'typebox';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { App } from '../platform/http.ts';
import { invalidRequest, notFound, Problem } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { type EraseCustomerDeps, eraseCustomer, erasedLately, eraseOwnRecord, openOrders } from './erase-customer.ts';
import { findErasure } from './erasure-store.ts';
import { erasureJson, erasureSchema } from './schemas.ts';

export interface ErasureDeps extends EraseCustomerDeps {
  /** Tells the worker in this process, if there is one, that an erasure is to be finished. */
  wake: () => void;
}

const tags = ['customers'];

const eraseQuery = Type.Object(
  {
    cancel_open: Type.Optional(
      Type.Boolean({ default: false, description: 'Cancels orders that are on their way, as far as you may.' }),
    ),
  },
  { additionalProperties: false },
);

const whatGoes =
  'Name, e-mail, phone, address and texts go from everything that is held; orders stay in the books of the shop as those of an ' +
  '“Erased customer”. What waits to be sent is cancelled, and an opt-out holds on. Repeating it changes nothing. See docs/privacy.md.';

export function registerErasures(app: App, deps: ErasureDeps): void {
  app.addSchema(erasureSchema);
  app.delete(
    '/api/v1/customers/me/',
    {
      config: { access: 'customer' },
      schema: {
        operationId: 'customers_me_delete',
        tags,
        summary: 'Be erased',
        description: `${whatGoes} With the same sign-in you are a new customer afterwards.`,
        querystring: eraseQuery,
        response: {
          204: { description: 'Nothing leads to you any more.', type: 'null' },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, openOrders, erasedLately),
        },
      },
    },
    async (request, reply) => {
      const author = { actor: 'customer', via: 'api', userId: callerOf(request).userId } as const;
      await eraseOwnRecord(deps, { author, cancelsOpen: request.query.cancel_open ?? false });
      deps.wake();
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/v1/customers/:id/',
    {
      config: { access: 'customers:manage' },
      schema: {
        operationId: 'customers_delete',
        tags,
        summary: 'Erase a customer',
        description: whatGoes,
        params: idParams,
        querystring: eraseQuery,
        response: {
          204: { description: 'Nothing leads to them any more.', type: 'null' },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, openOrders),
        },
      },
    },
    async (request, reply) => {
      const { userId, name } = callerOf(request);
      const author = { actor: 'staff', via: 'api', userId, name } as const;
      await eraseCustomer(deps, request.params.id, { author, cancelsOpen: request.query.cancel_open ?? false });
      deps.wake();
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/v1/customers/:id/erasure/',
    {
      config: { access: 'customers:manage' },
      schema: {
        operationId: 'customers_erasure_read',
        tags,
        summary: 'How far the erasure of a customer is',
        params: idParams,
        response: {
          200: { description: 'The erasure.', ...Type.Ref('Erasure') },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound),
        },
      },
    },
    async (request, reply) => {
      const erasure = await findErasure(deps.db, request.params.id);
      if (!erasure) throw new Problem(notFound, 'There is no erasure of such a customer.');
      return reply.send(erasureJson(erasure));
    },
  );
}
