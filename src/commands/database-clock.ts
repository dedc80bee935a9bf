// Owns what time it is for a process: the database's, by which jobs are due and leases end, whatever this machine's clock says.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';

const askEveryMs = 15_000;
/** A machine that slept, or was set anew: the clock that nobody sets may have stood still meanwhile. */
const noticedStepMs = 1_000;
/** An answer was given at some moment between question and answer: one that takes longer says too little. */
const maxRoundTripMs = 500;
const maxTries = 3;

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
  let aheadMs: number | undefined;
  let steadyMs = 0;
  let asking: Promise<void> | undefined;

  /** With a connection in hand: to wait for one, or for a server that is silent, is no part of the way to the database. */
  const ask = () =>
    db.connection().execute(async (connection) => {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const askedMs = performance.now();
        const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(connection);
        const answeredMs = performance.now();
        const isQuick = answeredMs - askedMs <= maxRoundTripMs;
        if (!isQuick && aheadMs !== undefined) continue;
        aheadMs = (rows[0] as { now: Date }).now.getTime() - (askedMs + answeredMs) / 2;
        steadyMs = ownMs() - answeredMs;
        if (isQuick) return;
      }
    });
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
      return new Date(nowMs + (aheadMs ?? 0));
    },
    async stop() {
      clearInterval(timer);
      await asking;
    },
  };
}
