// Owns the SQL of opt-outs: the numbers that get no SMS.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { asKept, hiddenNumber } from './hidden-number-store.ts';
import { consentFreeKinds } from './kinds.ts';
import { optedOutReason } from './message.ts';
import { mayMove } from './store.ts';

declare module '../platform/database.ts' {
  interface Database {
    opt_outs: OptOutsTable;
  }
}

export const optOutSources = ['sms', 'provider', 'staff'] as const;

export type OptOutSource = (typeof optOutSources)[number];

interface OptOutsTable {
  phone_number: string;
  source: OptOutSource;
  created_at: Date;
}

export interface OptOut {
  /** E.164, or the hash of a number that the network hides or whose owner was erased. */
  phoneNumber: string;
  source: OptOutSource;
  createdAt: Date;
}

const isOf = (phone: string) => sql<boolean>`phone_number in ${asKept(sql`${phone}::text`)}`;

const columns = ['phone_number as phoneNumber', 'source', 'created_at as createdAt'] as const;

export function findOptOut(db: Kysely<Database>, phone: string): Promise<OptOut | undefined> {
  return db.selectFrom('opt_outs').select(columns).where(isOf(phone)).orderBy('phone_number').executeTakeFirst();
}

/** By number: all, or the one that is asked for. */
export function listOptOuts(
  db: Kysely<Database>,
  { number, after }: { number: string | undefined; after: string | undefined },
  limit: number,
): Promise<OptOut[]> {
  let query = db.selectFrom('opt_outs').select(columns).orderBy('phone_number').limit(limit);
  if (number !== undefined) query = query.where(isOf(number));
  if (after !== undefined) query = query.where('phone_number', '>', after);
  return query.execute();
}

/**
 * From now on this number gets no SMS, those that wait to be sent to it included, but for that it gets none. Saying so again changes nothing.
 * @returns whether it is news
 */
export async function saveOptOut(trx: Transaction, phone: string, source: OptOutSource, now: Date): Promise<boolean> {
  const inserted = await trx
    .insertInto('opt_outs')
    .values({ phone_number: phone, source, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await sql`
    update messages set status = 'cancelled', held_for = null, failure = ${optedOutReason}, updated_at = ${now}
    where channel = 'sms' and recipient = ${phone} and ${mayMove('cancel')}
      and kind <> all(${consentFreeKinds}::text[])`.execute(trx);
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export const isOptedOut = async (db: Kysely<Database>, phone: string): Promise<boolean> =>
  (await findOptOut(db, phone)) !== undefined;

/** @returns whether the number had opted out */
export async function deleteOptOut(trx: Transaction, phone: string): Promise<boolean> {
  const deleted = await trx.deleteFrom('opt_outs').where(isOf(phone)).executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

/** Hides the number of somebody who is erased: it still gets no SMS. @returns what it is kept as, whether it had opted out or not */
export async function hideOptOut(trx: Transaction, phone: string): Promise<string> {
  const number = sql`${phone}::text`;
  await sql`
    with shown as (delete from opt_outs where phone_number = ${phone} returning source, created_at)
    insert into opt_outs (phone_number, source, created_at) select ${hiddenNumber(number)}, source, created_at from shown
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<{ kept: string }>`select ${hiddenNumber(number)} as kept`.execute(trx);
  return rows[0]?.kept ?? '';
}
