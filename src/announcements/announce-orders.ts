// Owns what follows from an order being placed or changed: which messages to whom.

import type { Customer, Language } from '../customers/customer.ts';
import { listCustomersById } from '../customers/store.ts';
import { foreignReason } from '../messages/message.ts';
import { cancelOvertaken, insertMessages, type NewMessage } from '../messages/store.ts';
import type { OrderStatus, OrderSummary } from '../orders/order.ts';
import { readChanges } from '../orders/order-changed.ts';
import { listOrderSummaries } from '../orders/store.ts';
import type { NewId } from '../platform/ids.ts';
import type { JobHandler } from '../platform/jobs.ts';
import { createWording, type Wording } from '../texts/order-wording.ts';
import { listTemplateEdits } from '../texts/store.ts';
import { templateKindOf } from '../texts/template.ts';

export interface AnnounceDeps {
  adminEmails: readonly string[];
  defaultLanguage: Language;
  timeZone: string;
  clock: () => Date;
  newId: NewId;
  /** Whether the shop sends SMS to the country of a number. */
  maySend: (phoneNumber: string) => boolean;
  /** Told of a text by staff that can't be filled, so that the built-in one went out in its place. */
  onUnusable: (template: string) => void;
}

/** Handles that orders changed: an SMS to the customer for each status, an e-mail to each of the staff for a new order. */
export const announceOrders =
  (deps: AnnounceDeps): JobHandler =>
  async (trx, job) => {
    const changes = readChanges(job.payload);
    const orders = byId(
      await listOrderSummaries(
        trx,
        changes.map((change) => change.id),
      ),
    );
    const customerIds = new Set([...orders.values()].map((order) => order.customer.id));
    const customers = byId(await listCustomersById(trx, [...customerIds]));
    const wording = createWording(await listTemplateEdits(trx), deps);
    const now = deps.clock();
    const messages = changes.flatMap((change): NewMessage[] => {
      const order = orders.get(change.id);
      return order ? messagesFor(order, change.status, customers.get(order.customer.id), wording, deps, now) : [];
    });
    const moved = changes.filter(({ status }) => status !== 'pending').map(({ id }) => id);
    if (moved.length > 0) await cancelOvertaken(trx, moved, now);
    const traces = new Map(changes.map(({ id, traceparent }) => [id, traceparent]));
    await insertMessages(trx, messages, now, traces);
  };

const byId = <T extends { id: string }>(rows: readonly T[]): Map<string, T> =>
  new Map(rows.map((row) => [row.id, row]));

/** Erasing begins with the customer, who stands for another user from then on, and comes to the orders after that. */
const isErased = ({ customer: then }: OrderSummary, customer: Customer | undefined): boolean =>
  then.phoneNumber === '' || (customer !== undefined && customer.userId !== then.userId);

function messagesFor(
  order: OrderSummary,
  status: OrderStatus,
  customer: Customer | undefined,
  wording: Wording,
  deps: AnnounceDeps,
  now: Date,
): NewMessage[] {
  const sms = isErased(order, customer)
    ? []
    : [
        {
          id: deps.newId(now),
          channel: 'sms',
          orderId: order.id,
          kind: templateKindOf(status),
          recipient: order.customer.phoneNumber,
          refusedFor: deps.maySend(order.customer.phoneNumber) ? undefined : foreignReason,
          userId: order.customer.userId,
          body: wording.textOf(order, status, customer),
        } as const,
      ];
  if (status !== 'pending') return sms;
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
  return [...sms, ...emails];
}
