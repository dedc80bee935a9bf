// Owns the erasure of a customer as far as it is done at once: the record, what waits to be sent, and the newest orders.

import type { Kysely } from 'kysely';
import { insertAuditEntry } from '../audit/store.ts';
import type { Customer } from '../customers/customer.ts';
import { saveErasedCustomer, takeNumbers } from '../customers/erase-store.ts';
import { findCustomer, lockCustomer } from '../customers/store.ts';
import { addCounts } from '../limits/count-store.ts';
import { cancelWaiting } from '../messages/erase-store.ts';
import { type ChangeStatusDeps, changeStatusIn } from '../orders/change-status.ts';
import { listOpenOrders } from '../orders/erase-store.ts';
import { allowedMoves, type OrderSummary } from '../orders/order.ts';
import { orderCode } from '../orders/order-code.ts';
import type { Author } from '../orders/order-event.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { enqueueJobs } from '../platform/jobs.ts';
import { notFound, Problem, type ProblemType } from '../platform/problem.ts';
import { findErasure, insertErasure, insertErasureNumbers } from './erasure-store.ts';
import { eraseOrders, finishErasure } from './finish-erasure.ts';

export interface EraseCustomerDeps extends ChangeStatusDeps {
  db: Kysely<Database>;
}

export interface ErasureRequest {
  author: Author & { actor: 'customer' | 'staff'; userId: string };
  /** Cancels what the author may cancel. */
  cancelsOpen: boolean;
}

export const openOrders: ProblemType = {
  slug: 'open-orders',
  status: 409,
  title: 'Orders are on their way',
  meaning:
    'A customer is erased once their orders have ended. `orders` lists those that have not as `{id, code, status}`; `?cancel_open=true` cancels up to 100 that you may cancel.',
};

export const erasedLately: ProblemType = {
  slug: 'erased-lately',
  status: 429,
  title: 'Erased less than a day ago',
  meaning:
    'Who orders anew after an erasure can be erased again a day after it: what one customer may order is counted by their orders. Repeat after `Retry-After` seconds.',
};

const dayMs = 24 * 60 * 60_000;
const cancelledAtOnce = 100;

/** The caller's own record. Who has none is told the same as who had. @throws Problem open-orders, erased-lately */
export function eraseOwnRecord(deps: EraseCustomerDeps, request: ErasureRequest): Promise<void> {
  const { userId } = request.author;
  return deps.db.transaction().execute(async (trx) => {
    const customer = await lockCustomer(trx, userId);
    if (!customer) return;
    const hadOrders = await erase(trx, deps, customer, request);
    if (!hadOrders) return;
    const [counted] = await addCounts(trx, [{ key: `erased ${userId}`, count: 1, leftMs: dayMs }]);
    if (counted && counted.count > 1) {
      throw new Problem(erasedLately, 'You were erased less than a day ago, and have ordered since.', {
        headers: { 'retry-after': String(Math.ceil(counted.leftMs / 1_000)) },
      });
    }
  });
}

/** Who is erased already stays so. @throws Problem not-found, open-orders */
export function eraseCustomer(deps: EraseCustomerDeps, customerId: string, request: ErasureRequest): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    const found = await findCustomer(trx, customerId);
    if (!found) throw new Problem(notFound, 'There is no such customer.');
    if (await findErasure(trx, customerId)) return;
    // Undefined when somebody else has just erased them.
    const customer = await lockCustomer(trx, found.userId);
    if (customer) await erase(trx, deps, customer, request);
  });
}

/**
 * Under the lock that orders of the customer are placed under: an order is placed before, and counts as open, or after, by a
 * new customer. @returns whether there were orders
 */
async function erase(
  trx: Transaction,
  deps: EraseCustomerDeps,
  customer: Customer,
  request: ErasureRequest,
): Promise<boolean> {
  const { id: customerId, userId, name, email } = customer;
  await endOpenOrders(trx, deps, userId, request);
  const now = deps.clock();
  const pseudonym = deps.newId(now);
  const numbers = await takeNumbers(trx, userId);
  await saveErasedCustomer(trx, customerId, pseudonym, now);
  const theirs = numbers.filter(({ isShared }) => !isShared).map(({ phoneNumber }) => phoneNumber);
  await cancelWaiting(trx, userId, theirs, now);
  const erased = { customerId, userId, name, email };
  await insertErasure(trx, erased, now);
  await insertErasureNumbers(trx, customerId, numbers);
  // Those that were just cancelled among them, so that no SMS tells of it.
  const count = await eraseOrders(trx, erased, pseudonym);
  await enqueueJobs(trx, [finishErasure(customerId, { part: 'orders' })], now);
  await insertAuditEntry(trx, {
    id: deps.newId(now),
    action: 'erased',
    subject: { type: 'customer', id: customerId },
    actorUserId: request.author.actor === 'customer' ? pseudonym : request.author.userId,
    actorName: request.author.actor === 'customer' ? undefined : request.author.name,
    createdAt: now,
  });
  return count > 0;
}

/** @throws Problem open-orders where one is left, with nothing cancelled */
async function endOpenOrders(
  trx: Transaction,
  deps: EraseCustomerDeps,
  userId: string,
  { author, cancelsOpen }: ErasureRequest,
): Promise<void> {
  const open = await listOpenOrders(trx, userId, cancelledAtOnce + 1);
  const mayCancel = ({ status }: OrderSummary) => allowedMoves(status, author.actor).includes('cancelled');
  const inTheWay = cancelsOpen && open.length <= cancelledAtOnce ? open.filter((each) => !mayCancel(each)) : open;
  if (inTheWay.length > 0) {
    const orders = inTheWay
      .slice(0, cancelledAtOnce)
      .map(({ id, number, status }) => ({ id, code: orderCode(number), status }));
    const codes = orders.slice(0, 5).map(({ code, status }) => `${code} is ${status}`);
    const more = orders.length > codes.length ? ', and others are open' : '';
    throw new Problem(openOrders, `${codes.join(', ')}${more}.`, { members: { orders } });
  }
  const byId = open.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  for (const { id } of byId) await changeStatusIn(trx, deps, { orderId: id, to: 'cancelled', author });
}
