// Owns the SQL that takes a person out of their customer record, and keeps the record for what points at it.

import { sql } from 'kysely';
import type { Transaction } from '../platform/database.ts';
import type { CustomerNumber } from './customer.ts';

/** What stands where a name was. */
export const erasedName = 'Erased customer';

/** The numbers of a user, who has none any more. */
export async function takeNumbers(trx: Transaction, userId: string): Promise<CustomerNumber[]> {
  const { rows } = await sql<CustomerNumber>`
    delete from customer_phone_numbers as mine where user_id = ${userId}
    returning phone_number as "phoneNumber", exists (
      select from customer_phone_numbers as other
      where other.phone_number = mine.phone_number and other.user_id <> mine.user_id) as "isShared"`.execute(trx);
  return rows;
}

/** Which of these numbers somebody has. */
export async function listKnownNumbers(trx: Transaction, numbers: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ number: string }>`
    select distinct phone_number as number from customer_phone_numbers where phone_number = any (${numbers}::text[])`.execute(
    trx,
  );
  return new Set(rows.map(({ number }) => number));
}

/**
 * Puts a pseudonym in a customer's place. Another user id than theirs, which stands for nobody, so that who signs in again
 * is a new customer; no words of a name, so that no search finds one.
 */
export async function saveErasedCustomer(trx: Transaction, id: string, userId: string, now: Date): Promise<void> {
  await trx
    .updateTable('customers')
    .set({ user_id: userId, issuer: '', subject: '', name: erasedName, email: '', phone_number: '', address: '' })
    .set({ language: null, updated_at: now })
    .where('id', '=', id)
    .execute();
  await trx.deleteFrom('customer_words').where('customer_id', '=', id).execute();
}

/** Forgets those words of a name that are in nobody else's, by which typing errors are forgiven. */
export async function deleteUnusedWords(trx: Transaction, name: string): Promise<void> {
  await sql`
    delete from customer_vocabulary where word = any (name_words(${name}))
      and not exists (select from customer_words where customer_words.word = customer_vocabulary.word)`.execute(trx);
}
