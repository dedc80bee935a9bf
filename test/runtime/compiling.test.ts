// Owns the fact that no statement which is run all the time is compiled first, on an installed PostgreSQL with its own settings.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { installedPostgres, type Server, startServer } from '../support/cluster.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

if (installedPostgres === undefined) {
  process.stderr.write(
    'Skipped: there is no PostgreSQL here with settings of its own (Debian: apt-get install postgresql).\n',
  );
}

describe.skipIf(installedPostgres === undefined)('on a server that compiles what it takes for dear', () => {
  let server: Server;
  let service: Service;
  let shop: Shop;

  beforeAll(async () => {
    server = await startServer({ fsync: 'off', jit: 'on', shared_preload_libraries: 'pg_stat_statements' });
    await migrate(server.url, await readMigrations('migrations'));
    service = await startService({ sharing: { databaseUrl: server.url } });
    await sql`create extension pg_stat_statements`.execute(service.db);
    shop = await openShop(service);
  }, 60_000);

  afterAll(async () => {
    await service?.stop();
    await server?.stop();
  });

  test('placing orders, their jobs, their messages and the lists of staff compile nothing', async () => {
    const product = await shop.makeProduct();
    const customer = await service.tokenFor('wanjiku');
    // To a number each: one gets only so many SMS an hour.
    const phones = Array.from({ length: 20 }, (_, index) => `+2547000000${index + 10}`);
    await Promise.all(phones.map((phone) => shop.place(customer, [[product.id, 1]], { phone })));
    await eventually('all is sent', async () => {
      const { rows } = await sql<{ open: number }>`
        select count(*)::int as open from messages where status in ('queued', 'sending')`.execute(service.db);
      const { rows: jobs } = await sql`select from jobs`.execute(service.db);
      return rows[0]?.open === 0 && jobs.length === 0;
    });
    for (const list of [
      'orders/',
      'messages/',
      'messages/?status=queued',
      'messages/?needs_attention=true',
      'channels/',
    ])
      expect((await service.request('GET', `/api/v1/${list}`, { token: shop.staff })).status).toBe(200);
    const { rows } = await sql<{ query: string }>`
      select query from pg_stat_statements where jit_functions > 0`.execute(service.db);
    expect(rows).toEqual([]);
  });
});
