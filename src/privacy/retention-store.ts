// Owns the SQL of `text_retention`: how far texts have been removed by age.

import type { Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    text_retention: { texts: AgeingTexts; reached: string };
  }
}

/** What is removed by age: messages with their attempts, and what customers texted. */
export type AgeingTexts = 'messages' | 'incoming';

/** The id up to which all are removed; nobody else goes on from there until the transaction ends. Undefined while somebody else does. */
export async function lockReached(trx: Transaction, texts: AgeingTexts): Promise<string | undefined> {
  const row = await trx
    .selectFrom('text_retention')
    .select('reached')
    .where('texts', '=', texts)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row?.reached;
}

export async function saveReached(trx: Transaction, texts: AgeingTexts, reached: string): Promise<void> {
  await trx.updateTable('text_retention').set({ reached }).where('texts', '=', texts).execute();
}
