// Owns e-mails to staff as they are made when they are sent: about a new order, many of them in a digest, or an alarm.

import type { Kysely } from 'kysely';
import type { Message } from '../messages/message.ts';
import { listDigestOrderIds } from '../messages/store.ts';
import type { OrderSummary } from '../orders/order.ts';
import { listOrderSummaries, listOrders } from '../orders/store.ts';
import type { Database } from '../platform/database.ts';
import { alarmEmail, orderDigestEmail } from '../texts/digest-email.ts';
import { type EmailText, newOrderEmail } from '../texts/new-order-email.ts';

/** @returns undefined where the orders that it is about are not there */
export async function writeStaffEmail(
  db: Kysely<Database>,
  message: Message,
  publicUrl: string,
): Promise<EmailText | undefined> {
  if (message.body !== '') return alarmEmail(message.body);
  const ids = message.orderId === null ? await listDigestOrderIds(db, message.id) : [message.orderId];
  if (ids.length > 1) return writeDigest(await listOrderSummaries(db, ids), publicUrl);
  const [order] = await listOrders(db, ids);
  return order && newOrderEmail(order, publicUrl);
}

const writeDigest = (orders: OrderSummary[], publicUrl: string): EmailText | undefined =>
  orders.length > 0 ? orderDigestEmail(orders, publicUrl) : undefined;
