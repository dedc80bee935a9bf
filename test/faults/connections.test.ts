// Owns the facts about connections to the database that are lost, fall silent, or lead to a standby.

import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type DatabaseOptions, isDatabaseUnavailable, openDatabase } from '../../src/platform/database.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { createTestDatabase, type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let forwarder: Forwarder;
const postgresPort = () => Number(new URL(inject('postgresUrl')).port);

beforeEach(async () => {
  forwarder = await startForwarder(postgresPort());
});

afterEach(() => forwarder.stop());

async function withDatabase<T>(
  options: Partial<DatabaseOptions>,
  run: (db: ReturnType<typeof openDatabase>) => Promise<T>,
): Promise<T> {
  const url = forwarder.through(inject('postgresUrl'));
  const db = openDatabase({ url, name: 'agizo test', maxConnections: 1, ...options });
  try {
    return await run(db);
  } finally {
    await db.destroy();
  }
}

test('a transaction that loses its connection says so, and the next one gets another', () =>
  withDatabase({}, async (db) => {
    const error = await db
      .transaction()
      .execute(async (trx) => {
        await sql`select 1`.execute(trx);
        forwarder.pointTo(postgresPort());
        await sql`select pg_sleep(5)`.execute(trx);
      })
      .catch((thrown: unknown) => thrown);
    expect(isDatabaseUnavailable(error), String(error)).toBe(true);
    await db.transaction().execute((trx) => sql`select 1`.execute(trx));
  }));

test('a server that falls silent is given up, and a new connection is made', () =>
  withDatabase({ silenceMs: 300 }, async (db) => {
    await sql`select 1`.execute(db);
    forwarder.freeze();
    const error = await sql`select 1`.execute(db).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('silent');
    expect(isDatabaseUnavailable(error)).toBe(true);
    await sql`select 1`.execute(db);
  }));

test('an order that comes while the database restarts is placed when it is back', async () => {
  const url = forwarder.through(await createTestDatabase());
  const service = await startService({ worker: false, sharing: { databaseUrl: url } });
  try {
    const shop = await openShop(service);
    const product = await shop.makeProduct({ stock: 5 });
    const token = await service.tokenFor('wanjiku');
    expect((await shop.place(token, [[product.id, 1]])).status).toBe(201);
    forwarder.pointTo(undefined);
    const ordering = shop.place(token, [[product.id, 1]]);
    setTimeout(() => forwarder.pointTo(postgresPort()), 300);
    expect((await ordering).status).toBe(201);
    expect(await shop.stockOf(product.id)).toBe(3);
  } finally {
    await service.stop();
  }
});

test('a database that takes no writes is not there at the moment; once it does again, orders are placed', async () => {
  const service: Service = await startService({ worker: false });
  const direct = new pg.Client({ connectionString: service.databaseUrl });
  await direct.connect();
  try {
    const shop = await openShop(service);
    const product = await shop.makeProduct({ stock: 5 });
    const token = await service.tokenFor('wanjiku');
    expect((await shop.place(token, [[product.id, 1]])).status).toBe(201);
    const name = new URL(service.databaseUrl).pathname.slice(1);

    // What a standby answers to every write. A session has it for life, as one that was led to the wrong server.
    await direct.query(`alter database ${name} set default_transaction_read_only = on`);
    await direct.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [name],
    );
    const refused = await shop.place(token, [[product.id, 1]]);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');

    await direct.query('set default_transaction_read_only = off');
    await direct.query(`alter database ${name} reset default_transaction_read_only`);
    expect((await shop.place(token, [[product.id, 1]])).status).toBe(201);
    expect(await shop.stockOf(product.id)).toBe(3);
  } finally {
    await direct.end();
    await service.stop();
  }
});
