// Owns the HTTP face of what customers text to the shop: finding it.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { forbidden, unauthenticated } from '../identity/access.ts';
import { orderCode } from '../orders/order-code.ts';
import { listOrderNumbers } from '../orders/store.ts';
import { readPhone } from '../phones/phone.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { cutPage, decodeIdCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { isoOrNull, orNull, textOrNull, time, timeOrNull, uuid, uuidOrNull } from '../platform/shapes.ts';
import { type IncomingText, listIncoming, textCommands } from './store.ts';

export interface IncomingDeps {
  read: Read;
  defaultRegion: string;
}

const incomingSchema = Type.Object(
  {
    id: uuid(),
    sender: Type.String({
      description:
        'A phone number in E.164, the hash of one that the network hides, or whatever else sent it, such as a short code; `erased` where the customer was.',
    }),
    recipient: Type.String({ description: 'The number that it was sent to.' }),
    text: Type.String(),
    command: orNull(
      Type.Enum([...textCommands]),
      'What it was taken for; `unknown` where nobody could tell. Null until it is handled.',
    ),
    order: uuidOrNull('The order that it is about.'),
    order_code: textOrNull(),
    answer: uuidOrNull('The message that answered it; null where it was not answered.'),
    received_at: time(),
    handled_at: timeOrNull(),
    text_removed_at: timeOrNull('When its text was removed: by age (`RETENTION_DAYS`), or with its customer.'),
  },
  {
    $id: 'IncomingMessage',
    examples: [
      {
        id: '0198c3c5-9a10-7b44-8d0e-2c1f0a9b7e55',
        sender: '+254712345678',
        recipient: '22384',
        text: 'Status YCM9SZW4',
        command: 'status',
        order: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11',
        order_code: 'YCM9SZW4',
        answer: '0198c3c5-9a31-7f02-b6aa-90cf12de3b71',
        received_at: '2026-02-14T12:20:11.020Z',
        handled_at: '2026-02-14T12:20:11.244Z',
        text_removed_at: null,
      },
    ],
  },
);

const listQuery = Type.Object(
  {
    ...pageQuery,
    phone: Type.Optional(Type.String({ minLength: 4, maxLength: 40, description: 'Whole, as people write it.' })),
    command: Type.Optional(Type.Enum([...textCommands])),
  },
  { additionalProperties: false },
);

export function registerIncoming(app: App, deps: IncomingDeps): void {
  app.addSchema(incomingSchema);
  app.get(
    '/api/v1/incoming-messages/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'incoming_messages_list',
        tags: ['messages'],
        summary: 'List what customers texted, newest first',
        description:
          'With `?command=unknown`, what was not understood. A text shows once it has come in, handled or not.',
        querystring: listQuery,
        response: {
          200: { description: 'A page of texts.', type: 'array', items: Type.Ref('IncomingMessage') },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { phone, command, cursor } = request.query;
      const limit = pageSize(request.query);
      const filter = {
        command,
        sender: phone === undefined ? undefined : readPhone(phone, deps.defaultRegion, '?phone'),
        beforeId: cursor === undefined ? undefined : decodeIdCursor(cursor),
      };
      const { page, next, orderNumbers } = await deps.read((db) => readPage(db, filter, limit));
      const json = page.map((text) => incomingJson(text, orderNumbers.get(text.orderId ?? '')));
      return reply.header('link', pageLinks(request, next)).send(json);
    },
  );
}

async function readPage(db: Kysely<Database>, filter: Parameters<typeof listIncoming>[1], limit: number) {
  const found = await listIncoming(db, filter, limit + 1);
  const { page, next } = cutPage(found, limit, (last) => [last.id]);
  return {
    page,
    next,
    orderNumbers: await listOrderNumbers(db, [...new Set(page.flatMap(({ orderId }) => orderId ?? []))]),
  };
}

const incomingJson = (text: IncomingText, orderNumber: number | undefined): Static<typeof incomingSchema> => ({
  id: text.id,
  sender: text.sender,
  recipient: text.recipient,
  text: text.body,
  command: text.command,
  order: text.orderId,
  order_code: orderNumber === undefined ? null : orderCode(orderNumber),
  answer: text.answerId,
  received_at: text.receivedAt.toISOString(),
  handled_at: isoOrNull(text.handledAt),
  text_removed_at: isoOrNull(text.textRemovedAt),
});
