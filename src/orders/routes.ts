// Owns the HTTP face of orders.

import { Type } from 'typebox';
import { idempotencyHeader, keyReused } from '../idempotency/request-key.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import { isExpectedBy } from '../platform/etag.ts';
import type { App } from '../platform/http.ts';
import { currencyDecimals } from '../platform/money.ts';
import { invalidRequest, notFound, Problem, stale } from '../platform/problem.ts';
import { tellLimits } from '../platform/rate-limit.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { changeStatus } from './change-status.ts';
import type { Intake } from './intake.ts';
import { overloaded } from './intake.ts';
import { listQuery, type SearchOrdersDeps, searchOrders } from './list-orders.ts';
import { illegalMove, type Order, outOfStock, tooManyOfProduct, totalTooLarge, unknownProduct } from './order.ts';
import { authorOf, mayRead } from './order-access.ts';
import type { OrderListeners } from './order-changed.ts';
import { tooManyNumbers, tooManyOrders } from './order-limits.ts';
import { type PlacementDeps, toPlacement } from './order-request.ts';
import { changeOrderBody, orderJson, orderSchema, placeOrderBody } from './schemas.ts';
import { findOrder } from './store.ts';

export interface OrdersDeps extends PlacementDeps, SearchOrdersDeps {
  read: Read;
  intake: Intake;
  /** Called after a change of status is durable. */
  wake: () => void;
  listeners: OrderListeners;
  /** What happened to an order, as the schema `OrderEvent` has it, and as this caller may see it. */
  readTimeline: (order: Order, caller: Identity) => Promise<unknown[]>;
  currency: string;
}

const orderRef = Type.Ref('Order');
const tags = ['orders'];
const etagOf = (order: Order) => `"${order.version}"`;

export function registerOrders(app: App, deps: OrdersDeps): void {
  const decimals = currencyDecimals(deps.currency);
  app.addSchema(orderSchema);

  app.post(
    '/api/v1/orders/',
    {
      config: { access: 'customer' },
      schema: {
        operationId: 'orders_create',
        tags,
        summary: 'Place an order',
        description:
          'All lines or none. 201 means the order and its messages are on disk. With an `Idempotency-Key` a retry answers with the ' +
          'order the first request made, and `Idempotent-Replayed: true`; a refusal is not remembered, since nothing happened.',
        headers: idempotencyHeader('as long as the order'),
        body: placeOrderBody,
        response: {
          201: { description: 'Placed.', ...orderRef },
          ...problemResponses(
            invalidRequest,
            unauthenticated,
            forbidden,
            outOfStock,
            tooManyOfProduct,
            unknownProduct,
            keyReused,
            totalTooLarge,
            tooManyOrders,
            tooManyNumbers,
            overloaded,
          ),
        },
      },
    },
    async (request, reply) => {
      const placement = await toPlacement(request, deps);
      const outcome = await deps.intake.place(placement);
      if (outcome.kind === 'refused') throw outcome.problem;
      if (outcome.kind === 'replayed') void reply.header('idempotent-replayed', 'true');
      else if (outcome.left) tellLimits(reply, outcome.left);
      return reply
        .code(201)
        .header('location', `${app.basePath}/api/v1/orders/${outcome.order.id}/`)
        .header('etag', etagOf(outcome.order))
        .send(orderJson(outcome.order, decimals, callerOf(request)));
    },
  );

  app.get(
    '/api/v1/orders/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'orders_list',
        tags,
        summary: 'List orders, newest first',
        description: 'Your own; with the permission `orders:read`, everybody’s.',
        querystring: listQuery,
        response: {
          200: { description: 'A page of orders.', type: 'array', items: orderRef },
          ...problemResponses(invalidRequest, unauthenticated),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { orders, links } = await deps.read((db) => searchOrders({ ...deps, db }, caller, request.query, request));
      return reply.header('link', links).send(orders.map((order) => orderJson(order, decimals, caller)));
    },
  );

  app.get(
    '/api/v1/orders/:id/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'orders_read',
        tags,
        summary: 'One order',
        params: idParams,
        querystring: Type.Object(
          { expand: Type.Optional(Type.Enum(['events'], { description: 'Adds the timeline, with the messages.' })) },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'The order.', ...orderRef },
          ...problemResponses(invalidRequest, unauthenticated, notFound),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const order = await findOrder(deps.db, request.params.id);
      if (!order || !mayRead(order, caller)) throw new Problem(notFound, 'There is no such order.');
      const json = orderJson(order, decimals, caller);
      if (request.query.expand) {
        json.events = await deps.readTimeline(order, caller);
      }
      return reply.header('etag', etagOf(order)).send(json);
    },
  );

  app.patch(
    '/api/v1/orders/:id/',
    {
      config: { access: 'orders:manage' },
      schema: {
        operationId: 'orders_partial_update',
        tags,
        summary: 'Move an order on',
        params: idParams,
        body: changeOrderBody,
        response: {
          200: { description: 'The order in its new status.', ...orderRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, illegalMove, stale),
        },
      },
    },
    async (request, reply) => {
      const { status, note } = request.body;
      const order = await changeStatus(deps, {
        orderId: request.params.id,
        to: status,
        note,
        author: authorOf(callerOf(request)),
        traceparent: request.span?.traceparent,
        isExpected: (current) => isExpectedBy(request)(etagOf(current)),
      });
      deps.wake();
      return reply.header('etag', etagOf(order)).send(orderJson(order, decimals, callerOf(request)));
    },
  );

  app.delete(
    '/api/v1/orders/:id/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'orders_delete',
        tags,
        summary: 'Cancel an order',
        description:
          'Your own while it is pending; with `orders:manage`, any that can still be cancelled. The record stays.',
        params: idParams,
        response: {
          200: { description: 'The order, cancelled.', ...orderRef },
          ...problemResponses(invalidRequest, unauthenticated, notFound, illegalMove, stale),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const order = await changeStatus(deps, {
        orderId: request.params.id,
        to: 'cancelled',
        author: authorOf(caller),
        traceparent: request.span?.traceparent,
        isExpected: (current) => isExpectedBy(request)(etagOf(current)),
      });
      deps.wake();
      return reply.header('etag', etagOf(order)).send(orderJson(order, decimals, caller));
    },
  );
}
