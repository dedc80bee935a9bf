// Owns the SQL of `request_keys`: which requests were answered, and how. Orders keep their keys themselves.

import { sql } from 'kysely';
import type { Transaction } from '../platform/database.ts';
import type { RequestKey } from './request-key.ts';

declare module '../platform/database.ts' {
  interface Database {
    request_keys: { id: string; fingerprint: string; answer: unknown; created_at: Date };
  }
}

/** Takes a key for this transaction, behind whoever has taken it already. False when it has been used. */
export async function takeKey(trx: Transaction, key: RequestKey, now: Date): Promise<boolean> {
  const taken = await trx
    .insertInto('request_keys')
    .values({ id: key.id, fingerprint: key.fingerprint, answer: null, created_at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

export async function findAnswer(trx: Transaction, id: string): Promise<{ fingerprint: string; answer: unknown }> {
  return trx
    .selectFrom('request_keys')
    .select(['fingerprint', 'answer'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** What a key that this transaction has taken is answered with from now on. */
export async function saveAnswer(trx: Transaction, id: string, answer: unknown): Promise<void> {
  await trx
    .updateTable('request_keys')
    .set({ answer: sql`${JSON.stringify(answer)}::json` })
    .where('id', '=', id)
    .execute();
}

/** Forgets some of the keys that are older; those that somebody else is forgetting are left to them. */
export async function deleteKeys(trx: Transaction, before: Date, limit: number): Promise<void> {
  await sql`
    delete from request_keys where id in (
      select id from request_keys where created_at < ${before} order by created_at limit ${limit} for update skip locked)`.execute(
    trx,
  );
}
