// Owns the facts about a fail-over: the primary is gone from one moment to the next, and its synchronous standby takes over.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveThroughDay } from '../simulation/day.ts';
import { tell } from '../simulation/telling.ts';
import { installedPostgres, type Server, startServer } from '../support/cluster.ts';
import { callbacks, type Fleet, startFleet } from '../support/fleet.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { eventually } from '../support/service.ts';

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

  test('no acknowledged order is lost when it takes over from a primary that is gone, and orders go on by themselves', async () => {
    const seed = randomInt(2 ** 31);
    const urls = fleet.apis.map(({ url }) => url);
    const day = await liveThroughDay({
      // What the standby holds is what there is in the end.
      site: { urls, callbacks, databaseUrl: standby.url, tokenFor: fleet.tokenFor },
      world: fleet.world,
      seed,
      orders: 100,
      customers: 12,
      staff: 2,
      isStormy: true,
      isImpatient: true,
      async meanwhile(floor) {
        await eventually('orders are placed', () => floor.orders.length > 20);
        way.pointTo(undefined);
        await primary.kill();
        await standby.promote();
        way.pointTo(standby.port);
        const promotedMs = performance.now();
        await eventually('orders are placed again', () => floor.acknowledgedMs > promotedMs);
      },
    });
    expect(day.violations, tell(day, seed)).toEqual([]);
    expect(day.end.orders.length).toBeGreaterThan(30);
  }, 120_000);
});
