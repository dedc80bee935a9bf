// Owns what follows from an order being placed or changed: which messages to whom.

import { type Order, type OrderStatus, orderStatuses } from '../orders/order.ts';
import { listOrders } from '../orders/store.ts';
import type { NewId } from '../platform/ids.ts';
import type { Job, JobHandler } from '../platform/jobs.ts';
import { insertMessages, type NewMessage } from './store.ts';
import { smsText } from './texts.ts';

export interface AnnounceDeps {
  adminEmails: readonly string[];
  clock: () => Date;
  newId: NewId;
}

interface ChangedOrder {
  id: string;
  status: OrderStatus;
}

/** Handles `orders-changed`: an SMS to the customer for each status, an e-mail to each of the staff for a new order. */
export const announceOrders =
  (deps: AnnounceDeps): JobHandler =>
  async (trx, job) => {
    const changes = readPayload(job);
    const orders = new Map(
      (
        await listOrders(
          trx,
          changes.map((change) => change.id),
        )
      ).map((order) => [order.id, order]),
    );
    const now = deps.clock();
    const messages = changes.flatMap((change): NewMessage[] => {
      const order = orders.get(change.id);
      return order ? messagesFor(order, change.status, deps, now) : [];
    });
    await insertMessages(trx, messages, now);
  };

function messagesFor(order: Order, status: OrderStatus, deps: AnnounceDeps, now: Date): NewMessage[] {
  const sms: NewMessage = {
    id: deps.newId(now),
    channel: 'sms',
    orderId: order.id,
    kind: `order-${status}`,
    recipient: order.customer.phoneNumber,
    body: smsText(order, status),
  };
  if (status !== 'pending') return [sms];
  const emails = deps.adminEmails.map(
    (recipient): NewMessage => ({
      id: deps.newId(now),
      channel: 'email',
      orderId: order.id,
      kind: 'new-order',
      recipient,
      body: '',
    }),
  );
  return [sms, ...emails];
}

function readPayload(job: Job): ChangedOrder[] {
  const { orders } = job.payload as { orders?: unknown };
  const isChange = (value: unknown): value is ChangedOrder => {
    const { id, status } = value as Partial<ChangedOrder>;
    return typeof id === 'string' && orderStatuses.some((known) => known === status);
  };
  if (Array.isArray(orders) && orders.every(isChange)) return orders;
  throw new Error('not the payload of an orders-changed job');
}
