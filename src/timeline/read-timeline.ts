// Owns an order's timeline: one list of what happened to it, each with the messages that went out meanwhile.

import type { Kysely } from 'kysely';
import { type Attempt, type LedgerMessage, listAttempts, listOrderMessages } from '../messages/ledger-store.ts';
import { attemptJson } from '../messages/schemas.ts';
import { listEvents } from '../orders/event-store.ts';
import type { Order } from '../orders/order.ts';
import type { OrderEvent } from '../orders/order-event.ts';
import type { Database } from '../platform/database.ts';
import type { EventJson, OrderMessage } from './schemas.ts';

/** Without what was sent meanwhile. */
export const eventJson = ({ createdAt, actorName, ...event }: OrderEvent): Omit<EventJson, 'messages'> => ({
  ...event,
  actor_name: actorName,
  created_at: createdAt.toISOString(),
});

/** Who reads an order's timeline, and how much of it. */
export interface Reader {
  /** Sees notes, and who of the staff did what. */
  isStaff: boolean;
  /** Sees every channel, with recipient, text, attempts and cost; otherwise what the customer may see of their SMS. */
  seesMessages: boolean;
}

export async function readTimeline(
  db: Kysely<Database>,
  order: Order,
  { isStaff, seesMessages: whole }: Reader,
): Promise<EventJson[]> {
  const [events, messages] = await Promise.all([
    listEvents(db, order.id),
    listOrderMessages(db, order.id, whole ? undefined : 'sms'),
  ]);
  const attempts = whole
    ? await listAttempts(
        db,
        messages.map(({ id }) => id),
      )
    : undefined;
  return timelineJson(
    order,
    isStaff ? events : events.filter(({ kind }) => kind !== 'note').map((event) => ({ ...event, actorName: null })),
    messages.map((message) => messageJson(message, attempts?.get(message.id))),
  );
}

/** @param attempts undefined where they are not to be shown */
const messageJson = (message: LedgerMessage, attempts: Attempt[] | undefined): OrderMessage => ({
  id: message.id,
  kind: message.kind,
  channel: message.channel,
  status: message.status,
  created_at: message.createdAt.toISOString(),
  updated_at: message.updatedAt.toISOString(),
  ...(attempts && {
    recipient: message.recipient,
    text: message.body,
    failure: message.failure,
    ambiguous: message.ambiguous,
    cost: totalOf(attempts),
    attempts: attempts.map(attemptJson),
  }),
});

/** Added up in ten-thousandths, as exact as the provider is. */
function totalOf(attempts: readonly Attempt[]): Exclude<OrderMessage['cost'], undefined> {
  const costs = attempts.flatMap(({ cost }) => cost ?? []);
  const [first] = costs;
  if (!first) return null;
  const sum = costs.reduce((total, { amount }) => total + Math.round(Number(amount) * 10_000), 0);
  return { amount: sum / 10_000, currency: first.currency };
}

/** Placing, which is the order's own row, and every change after it, each with its messages. */
function timelineJson(order: Order, events: OrderEvent[], messages: OrderMessage[]): EventJson[] {
  const placed: OrderEvent = {
    kind: 'status',
    status: 'pending',
    version: 1,
    actor: 'customer',
    via: 'api',
    actorName: null,
    note: '',
    createdAt: order.createdAt,
  };
  const timeline = [placed, ...events].map((event): EventJson => ({ ...eventJson(event), messages: [] }));
  for (const message of messages) {
    const told = timeline.find(({ kind, status }) => kind === 'status' && message.kind === `order-${status}`);
    const during = timeline.findLast((event) => event.created_at <= message.created_at);
    (told ?? during ?? timeline[0])?.messages.push(message);
  }
  return timeline;
}
