// Owns the SQL of erasures: who is being erased, what is still to be looked for, and that it was done.

import { type Kysely, sql } from 'kysely';
import type { CustomerNumber } from '../customers/customer.ts';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    erasures: ErasuresTable;
    erasure_numbers: { customer_id: string; phone_number: string; is_shared: boolean };
  }
}

interface ErasuresTable {
  customer_id: string;
  user_id: string | null;
  name: string | null;
  email: string | null;
  requested_at: Date;
  erased_at: Date | null;
}

/** Who a customer was: known until nothing of it is left. */
export interface Erased {
  customerId: string;
  userId: string;
  name: string;
  email: string;
}

export interface Erasure {
  customerId: string;
  /** Since then the customer's record says nothing of them, and they are nobody's orders' customer any more. */
  requestedAt: Date;
  /** Null while orders, messages and texts are still gone through. */
  erasedAt: Date | null;
}

export function findErasure(db: Kysely<Database>, customerId: string): Promise<Erasure | undefined> {
  return db
    .selectFrom('erasures')
    .select(['customer_id as customerId', 'requested_at as requestedAt', 'erased_at as erasedAt'])
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
}

export async function insertErasure(
  trx: Transaction,
  { customerId, userId, name, email }: Erased,
  now: Date,
): Promise<void> {
  await trx
    .insertInto('erasures')
    .values({ customer_id: customerId, user_id: userId, name, email, requested_at: now })
    .execute();
}

/** Numbers that are to be looked for, but those that are among them already. */
export async function insertErasureNumbers(
  trx: Transaction,
  customerId: string,
  numbers: readonly CustomerNumber[],
): Promise<void> {
  await sql`
    insert into erasure_numbers (customer_id, phone_number, is_shared)
    select ${customerId}, phone_number, is_shared
    from unnest(${numbers.map(({ phoneNumber }) => phoneNumber)}::text[], ${numbers.map(({ isShared }) => isShared)}::boolean[])
      as given (phone_number, is_shared)
    on conflict do nothing`.execute(trx);
}

/** Undefined when nothing is left to do. Nobody else goes on with it until the transaction ends. */
export async function lockErased(trx: Transaction, customerId: string): Promise<Erased | undefined> {
  const { rows } = await sql<Erased>`
    select customer_id as "customerId", user_id as "userId", name, email from erasures
    where customer_id = ${customerId} and erased_at is null for update`.execute(trx);
  return rows[0];
}

/** Some of the numbers that are still to be looked for. */
export async function listErasureNumbers(
  trx: Transaction,
  customerId: string,
  limit: number,
): Promise<CustomerNumber[]> {
  return trx
    .selectFrom('erasure_numbers')
    .select(['phone_number as phoneNumber', 'is_shared as isShared'])
    .where('customer_id', '=', customerId)
    .orderBy('phone_number')
    .limit(limit)
    .execute();
}

export async function deleteErasureNumber(trx: Transaction, customerId: string, phoneNumber: string): Promise<void> {
  await trx
    .deleteFrom('erasure_numbers')
    .where('customer_id', '=', customerId)
    .where('phone_number', '=', phoneNumber)
    .execute();
}

/** What was known of them until now is known no more. */
export async function saveErased(trx: Transaction, customerId: string, now: Date): Promise<void> {
  await trx
    .updateTable('erasures')
    .set({ user_id: null, name: null, email: null, erased_at: now })
    .where('customer_id', '=', customerId)
    .execute();
}

/** A mark in the order of transactions: all that began to write before this one. */
export async function markTransactions(trx: Transaction): Promise<string> {
  const { rows } = await sql<{ mark: string }>`select pg_current_xact_id()::text as mark`.execute(trx);
  return rows[0]?.mark ?? '';
}

/** Whether all that had begun to write before the mark have ended: what they wrote can be seen. */
export async function haveEnded(trx: Transaction, mark: string): Promise<boolean> {
  const { rows } = await sql<{ ended: boolean }>`
    select pg_snapshot_xmin(pg_current_snapshot()) >= ${mark}::xid8 as ended`.execute(trx);
  return rows[0]?.ended === true;
}
