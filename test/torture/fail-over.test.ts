// Owns the facts about a fail-over: the primary is gone from one moment to the next, and its synchronous standby takes over.

import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../support/chance.ts';
import { installedPostgres, type Server, startServer } from '../support/cluster.ts';
import { findBroken, findSent, gatherCrowd, makeProduct } from '../support/crowd.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { eventually } from '../support/service.ts';
import { longestGapMs, phaseSeconds, say, seed } from './torture.ts';

if (installedPostgres === undefined) {
  process.stderr.write(
    'Skipped: there is no PostgreSQL here that makes standbys (Debian: apt-get install postgresql).\n',
  );
}

describe.skipIf(installedPostgres === undefined)('with a synchronous standby', () => {
  let primary: Server;
  let standby: Server;
  let way: Forwarder;
  let fleet: Fleet;

  beforeAll(async () => {
    primary = await startServer();
    standby = await primary.addStandby();
    await primary.query(`alter system set synchronous_standby_names = 'standby'`);
    await primary.query('select pg_reload_conf()');
    await eventually('commits wait for the standby', async () => {
      const rows = await primary.query<{ state: string }>('select sync_state as state from pg_stat_replication');
      return rows[0]?.state === 'sync';
    });
    way = await startForwarder(primary.port);
    fleet = await startFleet({ databaseUrl: way.through(primary.url), apis: 2, workers: 1 });
  }, 60_000);

  afterAll(async () => {
    await fleet?.stop();
    await way?.stop();
    await standby?.stop();
    await primary?.stop();
  });

  test(`no acknowledged order is lost when it takes over from a primary that is gone, and orders go on by themselves (seed ${seed})`, async () => {
    const customers = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => ({
        token: await fleet.tokenFor(`customer${index}`),
        phone: `+2547000000${String(index).padStart(2, '0')}`,
      })),
    );
    const staff = [await fleet.tokenFor('staff')];
    const urls = fleet.apis.map((api) => api.url);
    const url = urls[0] as string;
    const stock = new Map([[await makeProduct(url, staff[0] as string, 1_000_000), 1_000_000]]);
    const random = seededRandom(seed);
    const crowd = gatherCrowd({ urls, customers, staff, products: [...stock.keys()], random });
    await delay(phaseSeconds(1) * 1_000);

    const goneMs = performance.now();
    way.pointTo(undefined);
    await primary.kill();
    await standby.promote();
    way.pointTo(standby.port);
    const promotedMs = performance.now();
    await eventually('orders are placed again', () => (crowd.acknowledgedMs.at(-1) ?? 0) > promotedMs);
    const backMs = performance.now();
    await delay(phaseSeconds(1) * 1_000);
    await crowd.end();

    const database = new pg.Client({ connectionString: standby.url });
    await database.connect();
    try {
      const sent = await eventually('every message is sent', () => findSent(database), 60_000);
      expect(await findBroken(database, [crowd], stock)).toEqual([]);
      expect(sent.messages).toBe(crowd.orders.size + crowd.moved.size);
    } finally {
      await database.end();
    }
    const gapMs = Math.round(longestGapMs(crowd.acknowledgedMs, goneMs));
    say(
      `fail-over: promoted after ${Math.round(promotedMs - goneMs)} ms, orders ${Math.round(backMs - promotedMs)} ms later, ` +
        `none for ${gapMs} ms; ${crowd.orders.size} orders, none lost; ${crowd.triedAgain()} requests tried again`,
    );
  }, 300_000);
});
