// Owns an order's timeline on the wire: what happened to it, and the messages that went out meanwhile.

import { type Static, Type } from 'typebox';
import { actors, type Order, orderStatuses } from './order.ts';
import { eventKinds, type OrderEvent, ways } from './order-event.ts';

const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-02-14T12:15:01.808Z'] });
const timeOrNull = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description });
const textOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const cost = {
  cost: Type.Union([Type.Number(), Type.Null()], { description: 'What the provider charged, in major units.' }),
  cost_currency: textOrNull('ISO 4217.'),
};

const attemptSchema = Type.Object({
  attempt: Type.Integer(),
  started_at: time('When it was handed to the provider.'),
  ended_at: timeOrNull('Null while it lasts.'),
  outcome: textOrNull('`accepted`, `permanent`, `retry`, `unavailable`, `blocked` or `ambiguous`: nobody knows.'),
  detail: Type.String({ description: "The provider's words." }),
  provider_id: textOrNull("The provider's id of the message."),
  report: textOrNull('The last delivery report, such as `Success`.'),
  report_reason: textOrNull('Why it was not delivered.'),
  reported_at: timeOrNull('When that came.'),
  ...cost,
});

const exampleMessage = {
  id: '0198c3c5-7f22-7b10-9c55-7e2a1b0c9d33',
  kind: 'order-pending',
  channel: 'sms',
  status: 'delivered',
  created_at: '2026-02-14T12:15:01.812Z',
  updated_at: '2026-02-14T12:15:03.117Z',
};

/** A message about an order, as the timeline shows it. Orders don't know where messages come from. */
export const orderMessageSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    kind: Type.String({
      description: '`order-pending` … tells of a status, `reply-…` answers a text, `new-order` is to staff.',
    }),
    channel: Type.Enum(['sms', 'email']),
    status: Type.Enum(['queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled']),
    created_at: time('When it was written.'),
    updated_at: time('When that became of it.'),
    recipient: Type.Optional(Type.String()),
    text: Type.Optional(Type.String({ description: 'Of an SMS.' })),
    failure: Type.Optional(textOrNull('Why it failed or was cancelled.')),
    ambiguous: Type.Optional(
      Type.Boolean({ description: 'Nobody knows whether an attempt went out: it may have arrived twice.' }),
    ),
    ...{ cost: Type.Optional(cost.cost), cost_currency: Type.Optional(cost.cost_currency) },
    attempts: Type.Optional(Type.Array(attemptSchema)),
  },
  { $id: 'OrderMessage', examples: [exampleMessage] },
);

export type OrderMessage = Static<typeof orderMessageSchema>;

/**
 * The messages about an order, oldest first.
 * @param whole every channel, with recipient, text, attempts and cost; otherwise what the customer may see of their SMS
 */
export type ListOrderMessages = (orderId: string, whole: boolean) => Promise<OrderMessage[]>;

export const orderEventSchema = Type.Object({
  kind: Type.Enum([...eventKinds], { description: 'What happened: `status`, it was placed or its status changed.' }),
  status: Type.Union([Type.Enum([...orderStatuses]), Type.Null()], {
    description: 'What it became; null for a kind that changes no status.',
  }),
  version: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Of the order after it; null for a kind that changes no order.',
  }),
  actor: Type.Enum([...actors], { description: 'Who did it.' }),
  via: Type.Enum([...ways], { description: 'By what: the API, a text, or the service of its own accord.' }),
  note: Type.String(),
  created_at: time('When.'),
  messages: Type.Array(Type.Ref('OrderMessage'), {
    description:
      'What was sent while the order had this status, oldest first: to the customer, their SMS and whether each was ' +
      'delivered; with the permission `notifications:read` everything, with each attempt, the cost and the reasons.',
  }),
});

type EventJson = Omit<Static<typeof orderEventSchema>, 'messages'> & { messages: OrderMessage[] };

/** Placing, which is the order's own row, and every change after it, each with its messages. */
export function timelineJson(order: Order, events: OrderEvent[], messages: OrderMessage[]): EventJson[] {
  const placed: OrderEvent = {
    ...{ kind: 'status', status: 'pending', version: 1, actor: 'customer', via: 'api', note: '' },
    createdAt: order.createdAt,
  };
  const timeline = [placed, ...events].map(
    ({ createdAt, ...event }): EventJson => ({ ...event, created_at: createdAt.toISOString(), messages: [] }),
  );
  for (const message of messages) {
    const told = timeline.find(({ kind, status }) => kind === 'status' && message.kind === `order-${status}`);
    const during = timeline.findLast((event) => event.created_at <= message.created_at);
    (told ?? during ?? timeline[0])?.messages.push(message);
  }
  return timeline;
}
