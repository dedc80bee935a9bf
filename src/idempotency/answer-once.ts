// Owns doing what a request asks for once, however often it is sent: done and remembered in one transaction.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';
import { keyReused, type RequestKey } from './request-key.ts';
import { deleteKeys, findAnswer, saveAnswer, takeKey } from './store.ts';

export interface AnswerOnceDeps {
  db: Kysely<Database>;
  clock: () => Date;
}

const keptMs = 48 * 60 * 60_000;
/** More than come in with the key that forgets them, so that the table stays small. */
const forgottenAtOnce = 20;

/**
 * Does the work, or gives the answer that it had. A second request with the same key waits for the first one's end. A refusal is
 * not remembered: nothing happened.
 * @param work what it returns is the answer, as JSON has it
 * @throws Problem idempotency-key-reused, and what `work` throws
 */
export function answerOnce<Answer>(
  { db, clock }: AnswerOnceDeps,
  key: RequestKey | undefined,
  work: (trx: Transaction) => Promise<Answer>,
): Promise<{ answer: Answer; isReplayed: boolean }> {
  return db.transaction().execute(async (trx) => {
    if (!key) return { answer: await work(trx), isReplayed: false };
    const now = clock();
    if (!(await takeKey(trx, key, now))) {
      const before = await findAnswer(trx, key.id);
      if (before.fingerprint !== key.fingerprint) {
        throw new Problem(keyReused, 'This idempotency key came with another request before.');
      }
      return { answer: before.answer as Answer, isReplayed: true };
    }
    const answer = await work(trx);
    await saveAnswer(trx, key.id, answer);
    await deleteKeys(trx, new Date(now.getTime() - keptMs), forgottenAtOnce);
    return { answer, isReplayed: false };
  });
}
