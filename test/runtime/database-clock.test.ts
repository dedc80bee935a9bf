// Owns the facts about the clock of a process: it is the database's, also while the database is slow to say what time it is.

import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type DatabaseClock, followDatabaseClock } from '../../src/commands/database-clock.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';

let way: Forwarder;
let db: ReturnType<typeof openDatabase>;

beforeAll(async () => {
  way = await startForwarder(Number(new URL(inject('postgresUrl')).port));
  db = openDatabase({ url: way.through(inject('postgresUrl')), name: 'agizo test', maxConnections: 1 });
});
afterAll(async () => {
  await db.destroy();
  await way.stop();
});

/** The machine's clock is set, at which a process asks the database at once. */
async function follow(): Promise<{ database: DatabaseClock; askAgain: () => void }> {
  let setMs = 0;
  const database = await followDatabaseClock(db, () => Date.now() + setMs);
  return {
    database,
    askAgain() {
      setMs += 60_000;
      database.clock();
    },
  };
}

async function differenceMs({ clock }: DatabaseClock): Promise<number> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  return Math.abs(clock().getTime() - (rows[0] as { now: Date }).now.getTime());
}

test('a machine whose clock is set does not change it', async () => {
  const { database, askAgain } = await follow();
  askAgain();
  await database.stop();
  expect(await differenceMs(database)).toBeLessThan(400);
});

test('a wait for a free connection is not taken for the way to the database', async () => {
  const { database, askAgain } = await follow();
  const busy = sql`select pg_sleep(1.2)`.execute(db);
  askAgain();
  await busy;
  await database.stop();
  expect(await differenceMs(database)).toBeLessThan(400);
});

test('an answer that was long on its way is not believed', async () => {
  const { database, askAgain } = await follow();
  const stalled = way.stall();
  askAgain();
  await delay(1_200);
  stalled.end();
  await database.stop();
  expect(await differenceMs(database)).toBeLessThan(400);
});
