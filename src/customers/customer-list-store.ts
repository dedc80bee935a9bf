// Owns the SQL that lists customers, and the words by which their names are found.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import {
  answersIn,
  isAfter,
  isAnswerIn,
  listBestFirst,
  type Place,
  readSearch,
  type Search,
  type Tier,
  type WordIndex,
} from '../search/word-index.ts';
import type { Customer } from './customer.ts';
import { customerColumns, escapeLike } from './store.ts';

declare module '../platform/database.ts' {
  interface Database {
    customer_words: { customer_id: string; user_id: string; word: string };
    customer_vocabulary: { word: string };
  }
}

export const customerWords: WordIndex = {
  words: 'customer_words',
  owner: 'customer_id',
  vocabulary: 'customer_vocabulary',
};

export interface CustomerFilter {
  /** The beginning of an e-mail address, in any case. */
  emailPrefix?: string | undefined;
  /** The beginning of a phone number, E.164. */
  phonePrefix?: string | undefined;
  /** Only customers older than this one. */
  beforeId?: string | undefined;
}

/** Newest first: ids are UUIDv7. */
export function listCustomers(db: Kysely<Database>, filter: CustomerFilter, limit: number): Promise<Customer[]> {
  const { emailPrefix, phonePrefix, beforeId } = filter;
  let query = db.selectFrom('customers').select(customerColumns).orderBy('id', 'desc').limit(limit);
  if (emailPrefix !== undefined) {
    query = query.where(sql`lower(email)`, 'like', `${escapeLike(emailPrefix.toLowerCase())}%`);
  }
  if (phonePrefix !== undefined) query = query.where('phone_number', 'like', `${escapeLike(phonePrefix)}%`);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  return query.execute();
}

/** Those whose names have the words of a text, the best match first. */
export async function listCustomersByName(
  db: Kysely<Database>,
  name: string,
  after: Place | undefined,
  limit: number,
): Promise<(Customer & Place)[]> {
  const search = await readSearch(db, customerWords, name);
  if (!search) return [];
  return listBestFirst(db, customerWords, search, after, limit, (asked, begin, rest) =>
    customerPage(db, asked, begin, rest).execute(),
  );
}

/** The statement behind a search for a name, apart so that its plans can be looked at. */
export const customerPage = (
  db: Kysely<Database>,
  { search, tier }: { search: Search; tier: Tier },
  after: Place | undefined,
  limit: number,
) =>
  db
    .selectFrom('customers')
    .innerJoin(
      sql<{ owner: string; key: string }>`(${answersIn(customerWords, search, tier)})`.as('found'),
      'found.owner',
      'customers.id',
    )
    .select(customerColumns)
    .select('found.key as key')
    .orderBy('found.key')
    .orderBy('found.owner', 'desc')
    .$call((page) => (after ? page.where(isAfter(after)) : page))
    .limit(limit);

type Asked = Parameters<typeof customerPage>[1];

/**
 * A condition: that this customer answers to a search in this tier, looked up for each. Said like this the planner keeps the
 * order of what it is a condition of, and stops where that has enough.
 */
export const isNamesake = ({ search, tier }: Asked, customerId: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(${isAnswerIn(customerWords, search, tier, customerId)}) is true`;

/** The same, with all who answer read once beforehand. */
export const isAmongNamesakes = ({ search, tier }: Asked, customerId: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  (${customerId} in (select owner from (${answersIn(customerWords, search, tier)}) as found)) is true`;

/** The user ids of those who answer, as a query; this one's alone where one is given. */
export const namesakeUsers = ({ search, tier }: Asked, userId?: string): RawBuilder<{ user_id: string }> => sql`
  select user_id from (${answersIn(customerWords, search, tier, 'user_id')}) as found
  where ${userId === undefined ? sql`true` : sql`user_id = ${userId}`}`;

/** Some of them. */
export async function listNamesakes(
  db: Kysely<Database>,
  asked: Asked,
  userId: string | undefined,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ user_id: string }>`${namesakeUsers(asked, userId)} limit ${limit}`.execute(db);
  return rows.map((row) => row.user_id);
}
