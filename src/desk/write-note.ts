// Owns what staff write down about an order: on its timeline, and not for the customer.

import { insertEvent } from '../orders/event-store.ts';
import type { Author, OrderEvent } from '../orders/order-event.ts';
import { findOrderSummary } from '../orders/store.ts';
import type { Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { notFound, Problem } from '../platform/problem.ts';

export interface WriteNoteDeps {
  clock: () => Date;
  newId: NewId;
}

/** @throws Problem not-found */
export async function writeNote(
  { clock, newId }: WriteNoteDeps,
  trx: Transaction,
  orderId: string,
  text: string,
  author: Author,
): Promise<OrderEvent> {
  if (!(await findOrderSummary(trx, orderId))) throw new Problem(notFound, 'There is no such order.');
  const now = clock();
  const event = { kind: 'note', status: null, version: null, note: text, createdAt: now } as const;
  await insertEvent(trx, orderId, { ...event, id: newId(now), author });
  return { ...event, actor: author.actor, via: author.via, actorName: author.name ?? null };
}
