// Owns the shapes of an order's timeline on the wire: what happened to it, and the messages that went out meanwhile.

import { type Static, Type } from 'typebox';
import { channels, messageStatuses } from '../messages/message.ts';
import { attemptSchema, costSchema } from '../messages/schemas.ts';
import { actors, orderStatuses } from '../orders/order.ts';
import { eventKinds, ways } from '../orders/order-event.ts';
import { orNull, textOrNull, time, uuid } from '../platform/shapes.ts';

const exampleMessage = {
  id: '0198c3c5-7f22-7b10-9c55-7e2a1b0c9d33',
  kind: 'order-pending',
  channel: 'sms' as const,
  status: 'delivered' as const,
  created_at: '2026-02-14T12:15:01.812Z',
  updated_at: '2026-02-14T12:15:03.117Z',
};

/** A message about an order, as the timeline shows it. */
export const orderMessageSchema = Type.Object(
  {
    id: uuid(),
    kind: Type.String({
      description: '`order-pending` … tells of a status, `reply-…` answers a text, `new-order` is to staff.',
    }),
    channel: Type.Enum([...channels]),
    status: Type.Enum([...messageStatuses]),
    created_at: time('When it was written.'),
    updated_at: time('When that became of it.'),
    recipient: Type.Optional(Type.String()),
    text: Type.Optional(Type.String({ description: 'Of an SMS.' })),
    failure: Type.Optional(textOrNull('Why it failed or was cancelled.')),
    ambiguous: Type.Optional(
      Type.Boolean({ description: 'Nobody knows whether an attempt went out: it may have arrived twice.' }),
    ),
    cost: Type.Optional(orNull(costSchema, 'Of all attempts together.')),
    attempts: Type.Optional(Type.Array(attemptSchema)),
  },
  { $id: 'OrderMessage', examples: [exampleMessage] },
);

export type OrderMessage = Static<typeof orderMessageSchema>;

export const orderEventSchema = Type.Object(
  {
    kind: Type.Enum([...eventKinds], {
      description:
        'What happened: `status`, it was placed or its status changed; `note`, staff wrote something down, which customers never see.',
    }),
    status: orNull(Type.Enum([...orderStatuses]), 'What it became; null for a kind that changes no status.'),
    version: orNull(Type.Integer(), 'Of the order after it; null for a kind that changes no order.'),
    actor: Type.Enum([...actors], { description: 'Who did it.' }),
    via: Type.Enum([...ways], { description: 'By what: the API, a text, or the service of its own accord.' }),
    actor_name: textOrNull('Of staff, to staff, where it is known.'),
    note: Type.String({ description: 'Why; of a `note` what it says.' }),
    created_at: time('When.'),
    messages: Type.Array(Type.Ref('OrderMessage'), {
      description:
        'What was sent while the order had this status, oldest first: to the customer, their SMS and whether each was ' +
        'delivered; with the permission `notifications:read` everything, with each attempt, the cost and the reasons.',
    }),
  },
  {
    $id: 'OrderEvent',
    examples: [
      {
        kind: 'status',
        status: 'pending',
        version: 1,
        actor: 'customer',
        via: 'api',
        actor_name: null,
        note: '',
        created_at: '2026-02-14T12:15:01.808Z',
        messages: [exampleMessage],
      },
    ],
  },
);

export type EventJson = Omit<Static<typeof orderEventSchema>, 'messages'> & { messages: OrderMessage[] };
