// Owns the facts about the service behind PgBouncer in transaction mode, where a session is everybody's.

import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { intakeSettings } from '../../src/orders/place-orders.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { agizo } from '../support/agizo.ts';
import { hasPgbouncer, type Pgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { databaseUrl } from '../support/postgres.ts';
import { createTestDatabase, eventually, type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

if (!hasPgbouncer) process.stderr.write('Skipped: there is no pgbouncer here (Debian: apt-get install pgbouncer).\n');

describe.skipIf(!hasPgbouncer)('behind PgBouncer in transaction mode', () => {
  let pgbouncer: Pgbouncer;
  let url: string;
  let service: Service;

  beforeAll(async () => {
    pgbouncer = await startPgbouncer(inject('postgresUrl'));
    url = pgbouncer.through(await createTestDatabase());
    service = await startService({ sharing: { databaseUrl: url } });
  });

  afterAll(async () => {
    await service.stop();
    await pgbouncer.stop();
  });

  test('orders are placed and replayed, moved on and cancelled, and every message goes out once', async () => {
    const shop = await openShop(service);
    const product = await shop.makeProduct({ stock: 40 });
    const customers = await Promise.all(Array.from({ length: 10 }, (_, index) => service.tokenFor(`pooled${index}`)));
    const place = (customer: number, key: string) =>
      shop.place(customers[customer] as string, [[product.id, 1]], { key, phone: `+25470000000${customer}` });

    const placed = await Promise.all(Array.from({ length: 50 }, (_, index) => place(index % 10, `key-${index}`)));
    const accepted = placed.filter((answer) => answer.status === 201);
    expect(accepted).toHaveLength(40);
    expect(placed.filter((answer) => answer.status === 409)).toHaveLength(10);
    expect(await shop.stockOf(product.id)).toBe(0);
    const index = placed.findIndex((answer) => answer.status === 201);
    const replayed = await place(index % 10, `key-${index}`);
    expect(replayed.body).toEqual(placed[index]?.body);

    const change = ({ body: { id } }: (typeof accepted)[0], turn: number) =>
      service.request('PATCH', `/api/v1/orders/${id}/`, {
        token: shop.staff,
        body: { status: turn % 2 === 0 ? 'confirmed' : 'cancelled' },
      });
    const changed = await Promise.all(accepted.map(change));
    expect(changed.map((answer) => answer.status)).toEqual(accepted.map(() => 200));
    expect(await shop.stockOf(product.id)).toBe(20);
    expect((await service.request('GET', '/api/v1/orders/?limit=200', { token: shop.staff })).body).toHaveLength(40);

    const sent = await eventually('every SMS has arrived', async () => {
      const pages = await Promise.all(
        customers.map((_, customer) => service.request('GET', `/sandbox/messages?phone=%2B25470000000${customer}`)),
      );
      const texts: string[] = pages.flatMap((page) => page.body.map((message: { text: string }) => message.text));
      return texts.length >= 80 && texts;
    });
    expect(new Set(sent).size).toBe(80);
    expect(sent).toHaveLength(80);
  });

  test('time-outs and the settings of intake hold in every transaction, and stay in it', async () => {
    const db = openDatabase({ url, name: 'agizo test', maxConnections: 8 });
    const intakeDb = openDatabase({ url, name: 'agizo test intake', maxConnections: 8, settings: intakeSettings });
    const show = sql<Record<string, string>>`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('enable_seqscan') as seqscan`;
    try {
      const rounds = Array.from({ length: 8 });
      const shown = await Promise.all([
        ...rounds.map(() => db.transaction().execute((trx) => show.execute(trx))),
        ...rounds.map(() => intakeDb.transaction().execute((trx) => show.execute(trx))),
      ]);
      const rows = shown.map(({ rows: [row] }) => row);
      const common = { statement: '10s', idle: '10s' };
      expect(rows.slice(0, 8)).toEqual(rounds.map(() => ({ ...common, lock: '5s', seqscan: 'on' })));
      expect(rows.slice(8)).toEqual(rounds.map(() => ({ ...common, lock: '1s', seqscan: 'off' })));
      const outside = await Promise.all(rounds.map(() => show.execute(intakeDb)));
      expect(outside.map(({ rows: [row] }) => row?.['seqscan'])).toEqual(rounds.map(() => 'on'));
    } finally {
      await Promise.all([db.destroy(), intakeDb.destroy()]);
    }
  });

  test('the doctor says that single statements have no time-out of ours', async () => {
    const { stdout } = await agizo(['doctor'], { DATABASE_URL: url });
    expect(stdout).toMatch(/^warn .* Single statements have no time-out/m);
  });

  test('a role can carry the time-out of single statements, and migrations, by several at once, take none from it', async () => {
    const direct = new pg.Client({ connectionString: inject('postgresUrl') });
    await direct.connect();
    const { username, pathname } = new URL(await emptyDatabase(direct));
    const name = pathname.slice(1);
    await direct.query(`alter role ${username} in database ${name} set statement_timeout = '80ms'`);
    const pooled = pgbouncer.through(databaseUrl(inject('postgresUrl'), name));
    const db = openDatabase({ url: pooled, name: 'agizo test', maxConnections: 1 });
    try {
      await expect(sql`select pg_sleep(1)`.execute(db)).rejects.toThrow(/statement timeout/);
      const slow = { version: 1, name: '0001_slow.sql', sql: 'select pg_sleep(0.2)', checksum: '' };
      const migrations = [
        slow,
        ...(await readMigrations('migrations')).map((each) => ({ ...each, version: each.version + 1 })),
      ];
      const ran = await Promise.all(Array.from({ length: 4 }, () => migrate(pooled, migrations)));
      expect(ran.flat().toSorted()).toEqual(migrations.map((migration) => migration.name).toSorted());
    } finally {
      await db.destroy();
      await direct.query(`alter role ${username} in database ${name} reset all`);
      await direct.end();
    }
  });
});

async function emptyDatabase(client: pg.Client): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await client.query(`create database ${name}`);
  return databaseUrl(inject('postgresUrl'), name);
}
