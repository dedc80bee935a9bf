// Owns the facts about reading from a replica: a real streaming standby that keeps up, lags, falls silent and goes away.

import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertMessages } from '../../src/messages/store.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { createLogger } from '../../src/platform/log.ts';
import { createRead, type Read } from '../../src/platform/replica.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { agizo } from '../support/agizo.ts';
import { installedPostgres, type Server, startServer } from '../support/cluster.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

if (installedPostgres === undefined) {
  process.stderr.write(
    'Skipped: there is no PostgreSQL here that makes standbys (Debian: apt-get install postgresql).\n',
  );
}

describe.skipIf(installedPostgres === undefined)('with a streaming standby to read from', () => {
  let primary: Server;
  let standby: Server;
  let way: Forwarder;
  let one: Service;
  let two: Service;
  let shop: Shop;

  beforeAll(async () => {
    primary = await startServer({ fsync: 'off' });
    await migrate(primary.url, await readMigrations('migrations'));
    standby = await primary.addStandby({ fsync: 'off' });
    way = await startForwarder(standby.port);
    const databases = { sharing: { databaseUrl: primary.url }, replicaUrl: way.through(standby.url) };
    one = await startService({ worker: false, ...databases });
    two = await startService({ worker: false, ...databases, environment: { OIDC_ISSUER: one.config.identity.issuer } });
    shop = await openShop(one);
  }, 60_000);

  afterAll(async () => {
    await way?.stop();
    await Promise.all([one?.stop(), two?.stop()]);
    await standby?.stop();
    await primary?.stop();
  });

  const list = (service: Service, token: string) => service.request('GET', '/api/v1/orders/', { token });

  test('lists come from it, and who has written sees it in the next list, in whichever process', async () => {
    const product = await shop.makeProduct();
    const token = await one.tokenFor('wanjiku');
    for (let count = 1; count <= 20; count++) {
      const placed = await shop.place(token, [[product.id, 1]]);
      for (const { status, body } of await Promise.all([list(one, token), list(two, token)])) {
        expect(status).toBe(200);
        expect(body.map(({ id }: { id: string }) => id)).toContain(placed.body.id);
        expect(body).toHaveLength(count);
      }
    }
    const id = (await list(one, token)).body[0].id as string;
    await two.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body: { status: 'confirmed' } });
    expect((await list(one, token)).body[0].status).toBe('confirmed');
    const renamed = { token: shop.staff, body: { name: 'Enamel plate' } };
    await one.request('PATCH', `/api/v1/products/${product.id}/`, renamed);
    expect((await two.request('GET', '/api/v1/products/')).body[0].name).toBe('Enamel plate');

    const [sessions] = await standby.query<{ reading: number }>(
      `select count(*)::integer as reading from pg_stat_activity where application_name = 'agizo reads' and query = 'commit'`,
    );
    expect(sessions?.reading).toBeGreaterThanOrEqual(2);
  });

  test('lists of messages and of their costs come from it too, and show staff what they have just changed', async () => {
    const token = await one.tokenFor('achieng');
    const { id: order } = (await shop.place(token, [[(await shop.makeProduct()).id, 1]])).body;
    await one.db.transaction().execute((trx) =>
      insertMessages(
        trx,
        Array.from({ length: 10 }, (_, index) => ({
          ...{ id: one.newId(new Date()), channel: 'email' as const, orderId: order, kind: 'new-order', body: '' },
          recipient: `staff-${index}@agizo.test`,
        })),
        new Date(),
      ),
    );
    const messages = async (service: Service, query: string) =>
      (await service.request('GET', `/api/v1/messages/?order=${order}${query}`, { token: shop.staff })).body;
    for (const [index, { id }] of (await messages(one, '')).entries()) {
      const cancel = await two.request('POST', `/api/v1/messages/${id}/cancel/`, { token: shop.staff, body: {} });
      expect(cancel.status).toBe(200);
      for (const service of [one, two]) expect(await messages(service, '&status=cancelled')).toHaveLength(index + 1);
    }
    const now = new Date();
    for (const amount of [3, 4]) {
      await sql`insert into message_costs (day, channel, currency, amount, messages) values (${now}, 'sms', 'KES', ${amount}, 1)
        on conflict (day, channel, currency) do update set amount = excluded.amount`.execute(one.db);
      const { body } = await two.request('GET', '/api/v1/message-costs/', { token: shop.staff });
      expect(body[0]).toMatchObject({ amount });
    }
    const there = openDatabase({ url: standby.url, name: 'agizo test', maxConnections: 1 });
    try {
      await eventually('the standby counts what was read there', async () => {
        const { rows } = await sql<{ name: string }>`select relname as name from pg_stat_user_tables
          where relname in ('messages', 'message_costs') and seq_scan + idx_scan > 0`.execute(there);
        return rows.length === 2;
      });
    } finally {
      await there.destroy();
    }
  });

  test('the doctor knows it for what it is', async () => {
    const { stdout } = await agizo(['doctor'], { DATABASE_URL: primary.url, DATABASE_REPLICA_URL: standby.url });
    expect(stdout).toMatch(/^ok .* A standby of it at 127\.0\.0\.1:\d+\/agizo, \d+ kB behind\./m);
  });

  interface Reading {
    read: Read;
    log: string[];
    /** Where a read is run that sees `value`. */
    whereIs: (value: number) => Promise<string>;
    /** Commits a new value on the primary. */
    write: () => Promise<number>;
  }

  let written = 0;

  /** A reader that knows of no trouble yet. */
  async function reading(replicaUrl: string, run: (reading: Reading) => Promise<void>): Promise<void> {
    const log: string[] = [];
    const logger = createLogger('info', { write: (line) => void log.push((JSON.parse(line) as { msg: string }).msg) });
    const options = { name: 'agizo test', maxConnections: 4 };
    const db = openDatabase({ ...options, url: primary.url });
    const replica = openDatabase({ ...options, url: replicaUrl, connectTimeoutMs: 1_000 });
    const read = createRead({ db, replica, logger });
    await sql`create table if not exists probe (value integer)`.execute(db);
    const look = async (from: Kysely<Database>) =>
      (
        await sql<{ standby: boolean; value: number }>`
          select pg_is_in_recovery() as standby, max(value) as value from probe`.execute(from)
      ).rows[0];
    try {
      await run({
        read,
        log,
        async whereIs(value) {
          const row = await read(look);
          expect(row?.value).toBe(value);
          return row?.standby ? 'standby' : 'primary';
        },
        async write() {
          written += 1;
          await sql`insert into probe values (${written})`.execute(db);
          return written;
        },
      });
    } finally {
      await db.destroy();
      // A frozen connection ends with the way it came by.
      way.pointTo(standby.port);
      await replica.destroy();
    }
  }

  const viaWay = () => way.through(standby.url);
  const noUse = 'the replica is no use at the moment: reading from the primary';

  test('a standby whose replay stands still is not read from until it goes on', () =>
    reading(viaWay(), async ({ whereIs, write, log }) => {
      expect(await whereIs(await write())).toBe('standby');
      await standby.query('select pg_wal_replay_pause()');
      try {
        const value = await write();
        expect(await whereIs(value)).toBe('primary');
        expect(await whereIs(value)).toBe('primary');
        expect(log).toEqual([noUse]);
      } finally {
        await standby.query('select pg_wal_replay_resume()');
      }
      await eventually('the standby is read from again', async () => (await whereIs(written)) === 'standby');
      expect(log).toEqual([noUse, 'reading from the replica again']);
    }));

  test('a standby that is delayed on purpose shows nobody the past', () =>
    reading(viaWay(), async ({ whereIs, write }) => {
      const delay = async (time: string) => {
        await standby.query(`alter system set recovery_min_apply_delay = '${time}'`);
        await standby.query('select pg_reload_conf()');
      };
      await delay('1h');
      try {
        const token = await one.tokenFor('akinyi');
        const product = await shop.makeProduct();
        for (let count = 1; count <= 5; count++) {
          await shop.place(token, [[product.id, 1]]);
          expect((await list(two, token)).body).toHaveLength(count);
        }
        expect(await whereIs(await write())).toBe('primary');
      } finally {
        await delay('0');
      }
    }));

  test('a standby that can not be reached costs no read', () =>
    reading(viaWay(), async ({ whereIs, write }) => {
      expect(await whereIs(await write())).toBe('standby');
      way.pointTo(undefined);
      expect(await whereIs(await write())).toBe('primary');
      expect((await list(one, await one.tokenFor('wanjiku'))).status).toBe(200);
    }));

  test('a standby that falls silent costs no read', () =>
    reading(viaWay(), async ({ whereIs, write }) => {
      expect(await whereIs(await write())).toBe('standby');
      way.freeze();
      expect(await whereIs(await write())).toBe('primary');
    }));

  test('a read that the standby breaks off is run on the primary', () =>
    reading(viaWay(), async ({ read, write }) => {
      await write();
      const places: boolean[] = [];
      await read(async (db) => {
        const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(db);
        places.push(rows[0]?.standby === true);
        if (rows[0]?.standby)
          await standby.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_is_in_recovery() as standby%' and pid <> pg_backend_pid()`,
          );
        await sql`select 1`.execute(db);
      });
      expect(places).toEqual([true, false]);
    }));

  test('a server that is no standby is not read from, however far it is', () =>
    reading(primary.url, async ({ whereIs, write, log }) => {
      expect(await whereIs(await write())).toBe('primary');
      expect(log).toEqual([noUse]);
    }));
});
