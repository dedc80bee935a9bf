// Owns what time it is for a process: the database's, by which jobs are due and leases end, whatever this machine's clock says.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';

const askEveryMs = 15_000;
/** A machine that slept, or was set anew: the clock that nobody sets may have stood still meanwhile. */
const noticedStepMs = 1_000;

export interface DatabaseClock {
  clock: () => Date;
  stop: () => Promise<void>;
}

/**
 * Asks now, and then every few seconds, and counts on from there by a clock that nobody sets. While the database doesn't
 * answer it goes on from what it knows.
 * @param ownMs this machine's clock
 */
export async function followDatabaseClock(
  db: Kysely<Database>,
  ownMs: () => number = Date.now,
): Promise<DatabaseClock> {
  let aheadMs = 0;
  let steadyMs = 0;
  let asking: Promise<void> | undefined;

  const ask = async () => {
    const askedMs = performance.now();
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
    const answeredMs = performance.now();
    aheadMs = (rows[0] as { now: Date }).now.getTime() - (askedMs + answeredMs) / 2;
    steadyMs = ownMs() - answeredMs;
  };
  const askSoon = () => {
    asking ??= ask()
      .catch(() => undefined)
      .finally(() => (asking = undefined));
  };
  await ask();
  const timer = setInterval(askSoon, askEveryMs).unref();

  return {
    clock() {
      const nowMs = performance.now();
      if (Math.abs(ownMs() - nowMs - steadyMs) >= noticedStepMs) {
        steadyMs = ownMs() - nowMs;
        askSoon();
      }
      return new Date(nowMs + aheadMs);
    },
    async stop() {
      clearInterval(timer);
      await asking;
    },
  };
}
