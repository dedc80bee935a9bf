// Owns the SQL of the `customers` table.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Customer, CustomerNumber, Language } from './customer.ts';

declare module '../platform/database.ts' {
  interface Database {
    customers: CustomersTable;
    customer_phone_numbers: { phone_number: string; user_id: string };
  }
}

interface CustomersTable {
  id: string;
  user_id: string;
  issuer: string;
  subject: string;
  name: string;
  email: string;
  phone_number: string;
  address: string;
  language: Language | null;
  created_at: Date;
  updated_at: Date;
}

/** A customer as `Customer` has them. */
export const customerColumns = [
  'id',
  'user_id as userId',
  'issuer',
  'subject',
  'name',
  'email',
  'phone_number as phoneNumber',
  'address',
  'language',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export function findCustomer(db: Kysely<Database>, id: string): Promise<Customer | undefined> {
  return db.selectFrom('customers').select(customerColumns).where('id', '=', id).executeTakeFirst();
}

export function findCustomerByUserId(db: Kysely<Database>, userId: string): Promise<Customer | undefined> {
  return db.selectFrom('customers').select(customerColumns).where('user_id', '=', userId).executeTakeFirst();
}

/** Customers by id, in no particular order. */
export function listCustomersById(db: Kysely<Database>, ids: readonly string[]): Promise<Customer[]> {
  return db
    .selectFrom('customers')
    .select(customerColumns)
    .where('id', '=', sql<string>`any(${uuidArray(ids)}::uuid[])`)
    .execute();
}

/**
 * The statement that reads customers by user id and keeps everybody else from changing them until the transaction ends.
 * Locks are taken in the order of user ids, so that two groups that share customers queue instead of deadlocking. Unknown
 * ones are missing.
 */
export const customersLockStatement = (trx: Transaction, userIds: string[]) =>
  trx
    .selectFrom('customers')
    .select(customerColumns)
    .where('user_id', '=', sql<string>`any(${uuidArray(userIds)}::uuid[])`)
    .orderBy('user_id')
    .forNoKeyUpdate();

/** As {@link customersLockStatement}. */
export const lockCustomer = (trx: Transaction, userId: string): Promise<Customer | undefined> =>
  customersLockStatement(trx, [userId]).executeTakeFirst();

/**
 * Writes customers as they are given, new ones and ones held by `customersLockStatement`, in one statement, in the order of
 * user ids. Throws a unique violation (23505 on customers_user_id_key) when another transaction created one of the new
 * ones since the look-up: its id is not the one that the caller's rows point at, and waiting for its lock here, with
 * stock already locked, could deadlock. Look again and repeat.
 * @param otherNumbers that they have ordered with in the same moment, beside the one that they have now
 */
export async function saveCustomers(
  trx: Transaction,
  customers: readonly Customer[],
  otherNumbers: readonly Pick<Customer, 'userId' | 'phoneNumber'>[] = [],
): Promise<void> {
  const given = customers.map(toRow);
  await sql`
    with given as (
      select * from unnest(
        ${given.map((row) => row.id)}::uuid[], ${given.map((row) => row.user_id)}::uuid[],
        ${given.map((row) => row.issuer)}::text[], ${given.map((row) => row.subject)}::text[],
        ${given.map((row) => row.name)}::text[], ${given.map((row) => row.email)}::text[],
        ${given.map((row) => row.phone_number)}::text[], ${given.map((row) => row.address)}::text[],
        ${given.map((row) => row.language)}::text[], ${given.map((row) => row.created_at)}::timestamptz[],
        ${given.map((row) => row.updated_at)}::timestamptz[])
        as given (id, user_id, issuer, subject, name, email, phone_number, address, language, created_at, updated_at)
    ), numbers as (
      insert into customer_phone_numbers (phone_number, user_id)
      select phone_number, user_id from given where phone_number <> ''
      union all select * from unnest(
        ${otherNumbers.map(({ phoneNumber }) => phoneNumber)}::text[], ${otherNumbers.map(({ userId }) => userId)}::uuid[])
      order by phone_number, user_id
      on conflict do nothing
    )
    insert into customers
      (id, user_id, issuer, subject, name, email, phone_number, address, language, created_at, updated_at)
    select id, user_id, issuer, subject, name, email, phone_number, address, language, created_at, updated_at from given
    order by user_id
    on conflict (id) do update set name = excluded.name, email = excluded.email,
      phone_number = excluded.phone_number, address = excluded.address, language = excluded.language,
      updated_at = excluded.updated_at`.execute(trx);
}

/** Whose number this is or has been: the users who had, or ordered with, a number that begins like this, as a query. */
export const usersByPhone = (phonePrefix: string): RawBuilder<{ user_id: string }> =>
  sql`select distinct user_id from customer_phone_numbers where phone_number like ${`${escapeLike(phonePrefix)}%`}`;

/** The numbers that a user has or had, with whether another customer has them too. */
export async function listNumbers(db: Kysely<Database>, userId: string): Promise<CustomerNumber[]> {
  const { rows } = await sql<CustomerNumber>`
    select phone_number as "phoneNumber", exists (
      select from customer_phone_numbers as other
      where other.phone_number = mine.phone_number and other.user_id <> mine.user_id) as "isShared"
    from customer_phone_numbers as mine where user_id = ${userId} order by phone_number`.execute(db);
  return rows;
}

/** Some of them. */
export async function listUserIdsByPhone(db: Kysely<Database>, phonePrefix: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ user_id: string }>`${usersByPhone(phonePrefix)} limit ${limit}`.execute(db);
  return rows.map((row) => row.user_id);
}

/** Creates the customer unless their user id already has one, which may be a moment old. */
export async function insertCustomer(db: Kysely<Database>, customer: Customer): Promise<void> {
  await db
    .insertInto('customers')
    .values(toRow(customer))
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute();
}

/** A text as part of a pattern for `like`. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const toRow = (customer: Customer): CustomersTable => ({
  id: customer.id,
  user_id: customer.userId,
  issuer: customer.issuer,
  subject: customer.subject,
  name: customer.name,
  email: customer.email,
  phone_number: customer.phoneNumber,
  address: customer.address,
  language: customer.language,
  created_at: customer.createdAt,
  updated_at: customer.updatedAt,
});
