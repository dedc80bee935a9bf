// Owns e-mails to staff as they are made when they are sent: about a new order, many of them in a digest, or an alarm.

import type { Kysely } from 'kysely';
import { listProductNames } from '../catalog/stock-store.ts';
import type { Message } from '../messages/message.ts';
import { listDigestOrderIds } from '../messages/store.ts';
import type { Order } from '../orders/order.ts';
import { listOrders } from '../orders/store.ts';
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
  const orders = await listOrders(db, ids);
  const [order] = orders;
  if (!order) return undefined;
  return orders.length === 1 ? writeNewOrder(db, order, publicUrl) : orderDigestEmail(orders, publicUrl);
}

async function writeNewOrder(db: Kysely<Database>, order: Order, publicUrl: string): Promise<EmailText> {
  const ids = order.lines.map((line) => line.productId);
  return newOrderEmail(order, await listProductNames(db, ids), publicUrl);
}
