// Owns what follows on an erasure in pieces that keep nobody waiting: orders, what was said about them, and phone numbers.

import { eraseAuditWords, hideAuditedNumber } from '../audit/erase-store.ts';
import { eraseTextsAbout, eraseTextsFrom } from '../conversations/erase-store.ts';
import { deleteUnusedWords, listKnownNumbers } from '../customers/erase-store.ts';
import { findCustomer } from '../customers/store.ts';
import { areLeft, eraseMessages, type OfCustomer } from '../messages/erase-store.ts';
import { hideOptOut } from '../messages/opt-out-store.ts';
import { eraseEvents, listOrderIdsAfter, saveErasedOrders } from '../orders/erase-store.ts';
import type { Transaction } from '../platform/database.ts';
import { enqueueJobs, eraseFaults, type JobHandler, type NewJob } from '../platform/jobs.ts';
import {
  deleteErasureNumber,
  type Erased,
  haveEnded,
  insertErasureNumbers,
  listErasureNumbers,
  lockErased,
  markTransactions,
  saveErased,
} from './erasure-store.ts';

/**
 * First the orders, so that nothing new is written with what is in them; then the end of all transactions that may have read
 * them before; then what they and others have written about the orders, and about the numbers.
 */
type Step =
  | { part: 'orders' }
  | { part: 'writers'; mark?: string }
  | { part: 'about-orders'; after: string | null }
  | { part: 'numbers' };

type Next = Step & { waitMs?: number };

const ordersAtOnce = 500;
const aboutOrdersAtOnce = 100;
const rowsAtOnce = 1_000;
const numbersAtOnce = 50;
const lookAgainMs = 1_000;

/** The job that does the next piece, and queues the one behind it. */
export const finishErasure = (customerId: string, step: Step): NewJob => ({
  kind: 'customer-erased',
  payload: { customer: customerId, ...step },
});

export const finishErasures =
  ({ clock }: { clock: () => Date }): JobHandler =>
  async (trx, { payload }) => {
    const { customer: customerId, ...step } = payload as Step & { customer: string };
    const erased = await lockErased(trx, customerId);
    const pseudonym = (await findCustomer(trx, customerId))?.userId;
    if (!erased || pseudonym === undefined) return;
    const now = clock();
    const next = await takeStep(trx, step, erased, pseudonym, now);
    if (!next) return;
    const { waitMs = 0, ...nextStep } = next;
    await enqueueJobs(trx, [finishErasure(customerId, nextStep)], new Date(now.getTime() + waitMs));
  };

/** @returns undefined when nothing is left */
async function takeStep(
  trx: Transaction,
  step: Step,
  erased: Erased,
  pseudonym: string,
  now: Date,
): Promise<Next | undefined> {
  switch (step.part) {
    case 'orders': {
      const count = await eraseOrders(trx, erased, pseudonym);
      return count === ordersAtOnce ? step : { part: 'writers' };
    }
    case 'writers': {
      const { mark = await markTransactions(trx) } = step;
      if (await haveEnded(trx, mark)) return { part: 'about-orders', after: null };
      return { part: 'writers', mark, waitMs: lookAgainMs };
    }
    case 'about-orders': {
      const orderIds = await listOrderIdsAfter(trx, pseudonym, step.after, aboutOrdersAtOnce);
      if (orderIds.length === 0) return { part: 'numbers' };
      const isDone = await eraseAbout(trx, orderIds, erased.userId, pseudonym, now);
      return isDone ? { ...step, after: orderIds.at(-1) ?? null } : { ...step, waitMs: lookAgainMs };
    }
    default:
      return eraseNumbers(trx, step, erased, now);
  }
}

/** The next of them, and the numbers that they were placed with are to be looked for. @returns how many there were */
export async function eraseOrders(trx: Transaction, erased: Erased, pseudonym: string): Promise<number> {
  const { count, phoneNumbers } = await saveErasedOrders(trx, erased, pseudonym, ordersAtOnce);
  const known = await listKnownNumbers(trx, phoneNumbers);
  const numbers = phoneNumbers.map((phoneNumber) => ({ phoneNumber, isShared: known.has(phoneNumber) }));
  await insertErasureNumbers(trx, erased.customerId, numbers);
  return count;
}

/** @returns false when there is more, or a message that is being sent */
async function eraseAbout(
  trx: Transaction,
  orderIds: readonly string[],
  userId: string,
  pseudonym: string,
  now: Date,
): Promise<boolean> {
  await eraseEvents(trx, orderIds, userId, pseudonym);
  await eraseTextsAbout(trx, orderIds, now);
  await eraseAuditWords(trx, 'order', orderIds);
  return eraseAllMessages(trx, { orderIds }, now);
}

async function eraseNumbers(trx: Transaction, step: Step, erased: Erased, now: Date): Promise<Next | undefined> {
  const { customerId, name, email } = erased;
  const numbers = await listErasureNumbers(trx, customerId, numbersAtOnce);
  for (const { phoneNumber, isShared } of numbers) {
    if (!isShared && !(await eraseNumber(trx, phoneNumber, now))) return { ...step, waitMs: lookAgainMs };
    await deleteErasureNumber(trx, customerId, phoneNumber);
  }
  await eraseFaults(trx, [name, email, ...numbers.map(({ phoneNumber }) => phoneNumber)]);
  if (numbers.length === numbersAtOnce) return step;
  await eraseAuditWords(trx, 'customer', [customerId]);
  await deleteUnusedWords(trx, name);
  await saveErased(trx, customerId, now);
  return undefined;
}

/** What is about a number and no order. An opt-out holds on, hidden. @returns false when there is more */
async function eraseNumber(trx: Transaction, phoneNumber: string, now: Date): Promise<boolean> {
  await hideAuditedNumber(trx, phoneNumber, await hideOptOut(trx, phoneNumber));
  if ((await eraseTextsFrom(trx, phoneNumber, rowsAtOnce, now)) === rowsAtOnce) return false;
  return eraseAllMessages(trx, { phoneNumber }, now);
}

/** @returns false when some are being sent, or there are many: they are to be looked for again */
async function eraseAllMessages(trx: Transaction, of: OfCustomer, now: Date): Promise<boolean> {
  const ids = await eraseMessages(trx, of, rowsAtOnce, now);
  if (ids.length === 0) return !(await areLeft(trx, of));
  await eraseAuditWords(trx, 'message', ids);
  return ids.length < rowsAtOnce && eraseAllMessages(trx, of, now);
}
