// Owns the HTTP face of the work of staff on orders: many moved at once, and notes.

import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import { answerOnce } from '../idempotency/answer-once.ts';
import { idempotencyHeader, keyReused, requestKey } from '../idempotency/request-key.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import { orderStatuses } from '../orders/order.ts';
import { authorOf } from '../orders/order-access.ts';
import type { OrderListeners } from '../orders/order-changed.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import type { NewId } from '../platform/ids.ts';
import { invalidRequest, notFound, problemDocument } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams, orNull, uuid } from '../platform/shapes.ts';
import { eventJson } from '../timeline/read-timeline.ts';
import { moveOrders } from './move-orders.ts';
import { writeNote } from './write-note.ts';

export interface DeskDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  listeners: OrderListeners;
  /** Called after a change of status is durable. */
  wake: () => void;
}

const tags = ['orders'];
const config = { access: 'orders:manage' } as const;
const kept = 'for two days';
const maxOrders = 500;
const maxNote = 500;

const results = Type.Object({
  results: Type.Array(
    Type.Object({
      id: uuid(),
      status: Type.Enum(['changed', 'refused']),
      problem: Type.Optional(Type.Ref('Problem')),
    }),
    { description: 'One for each id, in the same order.' },
  ),
});

export function registerDesk(app: App, deps: DeskDeps): void {
  app.post(
    '/api/v1/orders/bulk/',
    {
      config,
      schema: {
        operationId: 'orders_bulk',
        tags,
        summary: 'Move many orders on',
        description:
          'Each by itself: one that refuses says why and holds up no other. With an `Idempotency-Key` each order is moved once, however often ' +
          'it is sent: what a request that broke off has not done is done then, and what was refused is tried again.',
        headers: idempotencyHeader(kept),
        body: Type.Object(
          {
            ids: Type.Array(uuid(), { minItems: 1, maxItems: maxOrders, uniqueItems: true }),
            status: Type.Enum([...orderStatuses], { description: 'As for a single order.' }),
            note: Type.Optional(Type.String({ maxLength: maxNote, description: 'Why, for each timeline.' })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'What became of each.', ...results },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, keyReused),
        },
      },
    },
    async (request, reply) => {
      const { ids, status, note } = request.body;
      const author = authorOf(callerOf(request));
      const move = { orderIds: ids, to: status, note, author, traceparent: request.span?.traceparent };
      const moved = await moveOrders(deps, move, requestKey(request, request.body)).finally(deps.wake);
      if (moved.every((each) => 'isReplayed' in each && each.isReplayed)) {
        void reply.header('idempotent-replayed', 'true');
      }
      return reply.send({
        results: moved.map((each) =>
          'problem' in each
            ? { id: each.id, status: 'refused' as const, problem: problemDocument(each.problem, request.id) }
            : { id: each.id, status: 'changed' as const },
        ),
      });
    },
  );

  app.post(
    '/api/v1/orders/:id/notes/',
    {
      config,
      schema: {
        operationId: 'orders_notes_create',
        tags,
        summary: 'Write something down about an order',
        description: 'It stands on the timeline for staff; the customer never sees it.',
        params: idParams,
        headers: idempotencyHeader(kept),
        body: Type.Object(
          { text: Type.String({ maxLength: maxNote, pattern: '\\S' }) },
          { additionalProperties: false },
        ),
        response: {
          201: {
            description: 'The note.',
            ...Type.Object({
              kind: Type.Literal('note'),
              text: Type.String(),
              actor: Type.Literal('staff'),
              actor_name: orNull(Type.String()),
              created_at: Type.String({ format: 'date-time' }),
            }),
          },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, keyReused),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { text } = request.body;
      const { answer, isReplayed } = await answerOnce(deps, requestKey(request, { id, text }), async (trx) => {
        const note = eventJson(await writeNote(deps, trx, id, text, authorOf(callerOf(request))));
        // What is kept under the key says nothing of the customer: the text comes again with the request.
        return { actor_name: note.actor_name, created_at: note.created_at };
      });
      if (isReplayed) void reply.header('idempotent-replayed', 'true');
      return reply.code(201).send({ kind: 'note', text, actor: 'staff', ...answer });
    },
  );
}
