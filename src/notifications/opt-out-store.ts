// Owns the SQL of opt-outs: the numbers that get no SMS.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    opt_outs: OptOutsTable;
  }
}

export type OptOutSource = 'sms' | 'provider' | 'staff';

interface OptOutsTable {
  phone_number: string;
  source: OptOutSource;
  created_at: Date;
}

/** Why a message to a number that has opted out is not sent. */
export const optedOutReason = 'the customer wants no SMS';

/**
 * From now on this number gets no SMS, those that wait to be sent to it included. Saying so again changes nothing.
 * @returns whether it is news
 */
export async function saveOptOut(trx: Transaction, phone: string, source: OptOutSource, now: Date): Promise<boolean> {
  const inserted = await trx
    .insertInto('opt_outs')
    .values({ phone_number: phone, source, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await trx
    .updateTable('messages')
    .set({ status: 'cancelled', held_for: null, failure: optedOutReason, updated_at: now })
    .where('channel', '=', 'sms')
    .where('status', '=', 'queued')
    .where('recipient', '=', phone)
    .execute();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export async function isOptedOut(db: Kysely<Database>, phone: string): Promise<boolean> {
  const found = await db
    .selectFrom('opt_outs')
    .select('phone_number')
    .where('phone_number', '=', phone)
    .executeTakeFirst();
  return found !== undefined;
}

/** @returns whether the number had opted out */
export async function deleteOptOut(trx: Transaction, phone: string): Promise<boolean> {
  const deleted = await trx.deleteFrom('opt_outs').where('phone_number', '=', phone).executeTakeFirst();
  return deleted.numDeletedRows === 1n;
}
