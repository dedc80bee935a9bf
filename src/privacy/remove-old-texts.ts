// Owns the removal of texts by age: what messages say and providers answered, and what customers texted, some hundred at a time.

import type { Kysely } from 'kysely';
import { removeOldTexts as removeIncoming } from '../conversations/erase-store.ts';
import { removeOldTexts as removeMessages } from '../messages/erase-store.ts';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import { type AgeingTexts, lockReached, saveReached } from './retention-store.ts';

export interface RemoveOldTextsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  retentionDays: number;
}

const atOnce = 500;
const lookEveryMs = 60_000;
const dayMs = 24 * 60 * 60_000;

const removers = { messages: removeMessages, incoming: removeIncoming };

/** @returns a task that looks once a minute, and goes on while there are more than it takes at once */
export function removeOldTexts({ db, clock, retentionDays }: RemoveOldTextsDeps): () => Promise<boolean> {
  let lookAgainAt = 0;
  return async () => {
    const now = clock();
    if (now.getTime() < lookAgainAt) return false;
    const before = earliestId(new Date(now.getTime() - retentionDays * dayMs));
    const counts: number[] = [];
    for (const texts of Object.keys(removers) as AgeingTexts[]) counts.push(await removeSome(db, texts, before, now));
    const isMore = counts.includes(atOnce);
    if (!isMore) lookAgainAt = now.getTime() + lookEveryMs;
    return isMore;
  };
}

const removeSome = (db: Kysely<Database>, texts: AgeingTexts, before: string, now: Date): Promise<number> =>
  db.transaction().execute(async (trx) => {
    const after = await lockReached(trx, texts);
    const removed = after === undefined ? [] : await removers[texts](trx, { after, before }, atOnce, now);
    const reached = removed.at(-1);
    if (reached !== undefined) await saveReached(trx, texts, reached);
    return removed.length;
  });
