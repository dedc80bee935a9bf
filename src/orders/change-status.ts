// Owns moving an order from one status to another, and giving its stock back when it is cancelled.

import type { Kysely } from 'kysely';
import { returnStock } from '../catalog/stock-store.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { enqueueJob } from '../platform/jobs.ts';
import { notFound, Problem, stale } from '../platform/problem.ts';
import { type Actor, assertLegalMove, illegalMove, type Order, type OrderStatus } from './order.ts';
import { lockOrder, saveStatus } from './store.ts';

export interface StatusChange {
  orderId: string;
  to: OrderStatus;
  actor: Actor;
  /** The user behind the actor, where there is one. */
  actorUserId?: string | undefined;
  /** Given when a customer acts for themselves: the order must be theirs, and still pending to be cancelled. */
  ownerUserId?: string | undefined;
  /** The same for a customer who acts by SMS: the phone that the order was placed with. */
  ownerPhone?: string | undefined;
  /** False when the order is not as the caller has read it. */
  isExpected?: (current: Order) => boolean;
  note?: string | undefined;
  /** W3C: the trace that the change and all that follows from it are part of. */
  traceparent?: string | undefined;
}

export interface ChangeStatusDeps {
  clock: () => Date;
  newId: NewId;
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
  if (!order || !isOwner(order, change)) throw new Problem(notFound, 'There is no such order.');
  assertMayChange(order, change);
  const now = deps.clock();
  const changed: Order = { ...order, status: change.to, version: order.version + 1, updatedAt: now };
  await saveStatus(trx, changed, {
    id: deps.newId(now),
    actor: change.actor,
    actorUserId: change.actorUserId,
    note: change.note ?? '',
  });
  if (change.to === 'cancelled')
    await returnStock(
      trx,
      order.lines.filter((line) => line.tookStock),
    );
  const { id, status, version } = changed;
  const { traceparent } = change;
  await enqueueJob(trx, { kind: 'orders-changed', payload: { orders: [{ id, status, version, traceparent }] } }, now);
  return changed;
}

const isOwner = ({ customer }: Order, { ownerUserId, ownerPhone }: StatusChange): boolean =>
  (ownerUserId ?? customer.userId) === customer.userId && (ownerPhone ?? customer.phoneNumber) === customer.phoneNumber;

function assertMayChange(order: Order, change: StatusChange): void {
  if (change.isExpected?.(order) === false) {
    throw new Problem(stale, 'The order has changed since you read it.');
  }
  assertLegalMove(order.status, change.to);
  const isCustomer = change.ownerUserId !== undefined || change.ownerPhone !== undefined;
  if (isCustomer && order.status !== 'pending') {
    throw new Problem(illegalMove, `The order is ${order.status}; only the shop can cancel it now.`, {
      members: { current_status: order.status },
    });
  }
}
