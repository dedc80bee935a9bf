// Owns the SQL that takes what people texted, and from where, out of the conversations: that there was a text stays.

import { type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Transaction } from '../platform/database.ts';

const erasedSender = 'erased';

/** Texts about these orders, and what waits for a YES about them. */
export async function eraseTextsAbout(trx: Transaction, orderIds: readonly string[], now: Date): Promise<void> {
  const isAbout = sql`order_id = any (${uuidArray(orderIds)}::uuid[])`;
  await sql`
    update incoming_messages set sender = ${erasedSender}, ${withoutText(now)}
    where ${isAbout} and sender <> ${erasedSender}`.execute(trx);
  await sql`delete from pending_cancellations where ${isAbout}`.execute(trx);
}

/** Texts from a number, at most `limit`. @returns how many there were */
export async function eraseTextsFrom(trx: Transaction, phoneNumber: string, limit: number, now: Date): Promise<number> {
  await trx.deleteFrom('pending_cancellations').where('phone_number', '=', phoneNumber).execute();
  const { numAffectedRows } = await sql`
    update incoming_messages set sender = ${erasedSender}, ${withoutText(now)}
    where id = any (array(select id from incoming_messages where sender = ${phoneNumber} order by id limit ${limit}))`.execute(
    trx,
  );
  return Number(numAffectedRows ?? 0);
}

/**
 * Removes what the next texts by age say, at most `limit`.
 * @param after the last that was looked at; both exclusive
 * @returns their ids
 */
export async function removeOldTexts(
  trx: Transaction,
  { after, before }: { after: string; before: string },
  limit: number,
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update incoming_messages set ${withoutText(now)}
    where id = any (array(
      select id from incoming_messages where id > ${after} and id < ${before} order by id limit ${limit}))
    returning id`.execute(trx);
  return rows.map(({ id }) => id).toSorted();
}

/** The provider's id stays, by which a text that is told again is known. One that waits to be answered is not any more. */
const withoutText = (now: Date): RawBuilder<unknown> => sql`
  body = '', text_removed_at = coalesce(text_removed_at, ${now}), command = coalesce(command, 'ignored'),
  handled_at = coalesce(handled_at, ${now})`;
