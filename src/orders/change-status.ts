// Owns moving an order from one status to another, and giving its stock back when it is cancelled.

import type { Kysely } from 'kysely';
import { insertAuditEntry } from '../audit/store.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { enqueueJobs } from '../platform/jobs.ts';
import { notFound, Problem, stale } from '../platform/problem.ts';
import { returnStock } from '../stock/store.ts';
import { insertEvent } from './event-store.ts';
import { assertMayMove, type Order, type OrderStatus } from './order.ts';
import { type OrderListeners, ordersChanged } from './order-changed.ts';
import { orderCode } from './order-code.ts';
import { type Author, mayActOn } from './order-event.ts';
import { lockOrder, saveStatus } from './store.ts';

export interface StatusChange {
  orderId: string;
  to: OrderStatus;
  author: Author;
  /** False when the order is not as the caller has read it. */
  isExpected?: (current: Order) => boolean;
  note?: string | undefined;
  /** W3C: the trace that the change and all that follows from it are part of. */
  traceparent?: string | undefined;
}

export interface ChangeStatusDeps {
  clock: () => Date;
  newId: NewId;
  listeners: OrderListeners;
}

/**
 * Changes the status, writes the timeline, gives stock back on a cancellation, and queues the messages, all in one
 * transaction under a lock on the order, so that of two cancellations one finds the order already cancelled.
 * @throws Problem not-found, stale, illegal-status-change
 */
export function changeStatus(deps: ChangeStatusDeps & { db: Kysely<Database> }, change: StatusChange): Promise<Order> {
  return deps.db.transaction().execute((trx) => changeStatusIn(trx, deps, change));
}

/** The same within a transaction that has more to do. A Problem is thrown before anything is written. */
export async function changeStatusIn(trx: Transaction, deps: ChangeStatusDeps, change: StatusChange): Promise<Order> {
  const order = await lockOrder(trx, change.orderId);
  const { author } = change;
  if (!order || !mayActOn(order, author)) throw new Problem(notFound, 'There is no such order.');
  if (change.isExpected?.(order) === false) throw new Problem(stale, 'The order has changed since you read it.');
  assertMayMove(order.status, change.to, author.actor);
  const now = latest(order.updatedAt, deps.clock());
  const changed: Order = { ...order, status: change.to, version: order.version + 1, updatedAt: now };
  await saveStatus(trx, changed);
  const event = { kind: 'status', status: change.to, version: changed.version, note: change.note ?? '' } as const;
  await insertEvent(trx, order.id, { ...event, id: deps.newId(now), author, createdAt: now });
  if (author.actor === 'staff' && author.userId !== undefined) {
    await insertAuditEntry(trx, {
      id: deps.newId(now),
      action: 'changed',
      subject: { type: 'order', id: order.id, label: orderCode(order.number) },
      changes: { status: [order.status, changed.status] },
      actorUserId: author.userId,
      actorName: author.name,
      createdAt: now,
    });
  }
  if (change.to === 'cancelled')
    await returnStock(
      trx,
      order.lines.filter((line) => line.tookStock),
    );
  const { id, status, version } = changed;
  const { traceparent } = change;
  await enqueueJobs(trx, ordersChanged(deps.listeners, [{ id, status, version, traceparent }]), now);
  return changed;
}

/** A process whose clock is behind puts no change before the one that it follows. */
const latest = (one: Date, other: Date): Date => (one > other ? one : other);
