// Owns telling other processes what was counted here, and hearing what they have counted.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import { addCounts, deleteEndedCounts } from './count-store.ts';
import { type RequestCounter, windowMs } from './request-counter.ts';

const gatherMs = 50;
const keysAtOnce = 500;

/**
 * Answers a function to call when something may be worth telling. It never waits and never fails: while the database is
 * away each process counts by itself.
 */
export function createSharing(db: Kysely<Database>, counter: RequestCounter, nowMs: () => number): () => void {
  let isUnderWay = false;
  let deletedAtMs = nowMs();

  async function share(): Promise<void> {
    try {
      const told = counter.takeUnshared(keysAtOnce, nowMs());
      if (told.length > 0) counter.share(told, await addCounts(db, told), nowMs());
      if (nowMs() - deletedAtMs < windowMs) return;
      deletedAtMs = nowMs();
      await deleteEndedCounts(db);
    } catch {
      // What was not told is told with what comes next.
    } finally {
      isUnderWay = false;
      tell();
    }
  }

  function tell(): void {
    if (isUnderWay || !counter.hasUnshared()) return;
    isUnderWay = true;
    setTimeout(() => void share(), gatherMs).unref();
  }
  return tell;
}
