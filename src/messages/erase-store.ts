// Owns the SQL that takes texts, recipients and providers' answers out of the ledger, where the message and its cost stay.

import { type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Transaction } from '../platform/database.ts';
import { mayMove } from './store.ts';

/** What stands where a phone number was. */
export const erasedRecipient = 'erased';

const erasedReason = 'its customer was erased';
const outdatedReason = 'its text was removed by age';

/** Of an erasure: messages to a customer about these orders, or to a number about none. */
export type OfCustomer = { orderIds: readonly string[] } | { phoneNumber: string };

const isOf = (of: OfCustomer): RawBuilder<unknown> =>
  'orderIds' in of
    ? sql`messages.order_id = any (${uuidArray(of.orderIds)}::uuid[]) and channel = 'sms' and text_removed_at is null`
    : sql`messages.order_id is null and recipient = ${of.phoneNumber} and channel = 'sms' and text_removed_at is null`;

/** No worker is sending it: whoever had it is dead when its lease has ended. */
const isInNobodysHands = (now: Date) => sql`(messages.status <> 'sending' or messages.due_at <= ${now})`;

/** Nothing more is sent to somebody, and what waits to be sent isn't. @param numbers that are nobody else's */
export async function cancelWaiting(
  trx: Transaction,
  userId: string,
  numbers: readonly string[],
  now: Date,
): Promise<void> {
  await sql`
    update messages set status = 'cancelled', held_for = null, failure = ${erasedReason}, updated_at = ${now}
    where channel = 'sms' and ${mayMove('cancel')} and (user_id = ${userId} or recipient = any (${numbers}::text[]))`.execute(
    trx,
  );
}

/**
 * Erases messages to a customer, but for those that are being sent at this moment. Who sends one again meanwhile holds the
 * first one locked, so its copy is seen by the time when none is found any more.
 * @returns the ids of the erased, at most `limit`
 */
export function eraseMessages(trx: Transaction, of: OfCustomer, limit: number, now: Date): Promise<string[]> {
  const nobody = sql`recipient = ${erasedRecipient}, user_id = null, traceparent = null,`;
  return removeTexts(
    trx,
    sql`${isOf(of)} and ${isInNobodysHands(now)}`,
    sql`limit ${limit}`,
    now,
    nobody,
    erasedReason,
  );
}

/** Whether some are left, because they are being sent. */
export async function areLeft(trx: Transaction, of: OfCustomer): Promise<boolean> {
  const { rows } = await sql`select from messages where ${isOf(of)} limit 1`.execute(trx);
  return rows.length > 0;
}

/**
 * Removes the texts and answers of the next messages by age, at most `limit`, and ends those that still wait.
 * @param after the last that was looked at, exclusive
 * @param before the first that is too young; one that is being sent stops it too
 * @returns their ids
 */
export async function removeOldTexts(
  trx: Transaction,
  { after, before }: { after: string; before: string },
  limit: number,
  now: Date,
): Promise<string[]> {
  const isOld = sql`messages.id > ${after} and messages.id < coalesce(
    (select id from messages where status = 'sending' and due_at > ${now} and id < ${before} order by id limit 1), ${before})`;
  return removeTexts(trx, isOld, sql`order by id limit ${limit}`, now, sql``, outdatedReason);
}

async function removeTexts(
  trx: Transaction,
  which: RawBuilder<unknown>,
  /** Where no order is wanted none is asked for: an order of ids would walk the whole ledger. */
  most: RawBuilder<unknown>,
  now: Date,
  alsoSet: RawBuilder<unknown>,
  reason: string,
): Promise<string[]> {
  const found = await sql<{ id: string }>`select id from messages where ${which} ${most}`.execute(trx);
  if (found.rows.length === 0) return [];
  const ids = uuidArray(found.rows.map(({ id }) => id));
  // Attempts before messages, as whoever writes down an outcome or a report takes them.
  await sql`
    select from message_attempts where message_id = any (${ids}::uuid[]) order by message_id, attempt for update`.execute(
    trx,
  );
  const { rows } = await sql<{ id: string }>`
    update messages set body = '', ${alsoSet} text_removed_at = coalesce(text_removed_at, ${now}), held_for = null,
      status = case when ${mayMove('outdate')} then 'cancelled' else status end,
      failure = case when ${mayMove('outdate')} or failure is not null then ${reason} end
    where id = any (${ids}::uuid[]) and ${which} returning id`.execute(trx);
  const removed = rows.map(({ id }) => id).toSorted();
  // An attempt without an end is one that a dead worker made: should it come to life, it finds it ended.
  await sql`
    update message_attempts set detail = '', provider_id = null, report_reason = null,
      ended_at = coalesce(ended_at, ${now}), outcome = coalesce(outcome, 'ambiguous')
    where message_id = any (${uuidArray(removed)}::uuid[])`.execute(trx);
  return removed;
}
