// Owns the shop's own row: the currency that its prices are in.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    shop: { is_only: boolean; currency: string };
  }
}

/** Undefined before the first start. */
export async function findCurrency(db: Kysely<Database>): Promise<string | undefined> {
  return (await db.selectFrom('shop').select('currency').executeTakeFirst())?.currency;
}

/** Gives the shop a currency, unless it has one. */
export async function insertCurrency(db: Kysely<Database>, currency: string): Promise<void> {
  await db
    .insertInto('shop')
    .values({ is_only: true, currency })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
