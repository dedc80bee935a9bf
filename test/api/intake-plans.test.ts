// Owns the facts about what placing an order reads: its own rows alone, however fast the shop has grown.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ worker: false });
});

afterAll(() => service.stop());

const growth = 5_000;
/** Enough for a planner that thinks of joining rather than of looking up. */
const lines = 60;

/** Entries of indexes read so far, by all whose connections have ended. */
async function entriesRead(): Promise<number> {
  const { rows } = await sql<{ entries: number }>`
    select sum(idx_tup_read)::integer as entries from pg_stat_user_indexes
    where relname in ('customers', 'products', 'orders', 'order_lines')`.execute(service.db);
  return rows[0]?.entries ?? 0;
}

/** Ends the connections of a name, which tells the statistics of all that they have read. */
async function endConnections(name: string): Promise<void> {
  const ofThatName = sql`from pg_stat_activity where datname = current_database() and application_name = ${name}`;
  await sql`select pg_terminate_backend(pid) ${ofThatName} and pid <> pg_backend_pid()`.execute(service.db);
  await eventually('the connections are gone', async () => {
    const { rows } = await sql`select pid ${ofThatName} and pid <> pg_backend_pid()`.execute(service.db);
    return rows.length === 0;
  });
}

test('a shop that grows before anything analyses it reads no more for an order than it did when it was empty', async () => {
  for (const table of ['customers', 'products', 'orders', 'order_lines']) {
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = off)`.execute(service.db);
  }
  const shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const products = await Promise.all(Array.from({ length: lines }, () => shop.makeProduct()));
  const place = () =>
    shop.place(
      customer,
      products.map(({ id }) => [id, 1]),
    );
  expect(await place()).toMatchObject({ status: 201 });

  await sql`
    with buyers as (
      insert into customers (id, user_id, issuer, subject, name, email, phone_number, address, created_at, updated_at)
      select gen_random_uuid(), gen_random_uuid(), issuer, subject || i, name, email, phone_number, address, created_at, updated_at
      from customers, generate_series(1, ${growth}) as i returning *
    ), goods as (
      insert into products (id, category_id, sku, name, price_minor, created_at, updated_at)
      select gen_random_uuid(), category_id, sku || i, name, price_minor, created_at, updated_at
      from (select * from products limit 1) as one, generate_series(1, ${growth}) as i
    )
    insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address,
      created_at, updated_at)
    select gen_random_uuid(), id, user_id, 'pending', 'KES', 0, name, email, phone_number, address, created_at, updated_at
    from buyers`.execute(service.db);
  await endConnections(`agizo ${service.config.role}`);
  const before = await entriesRead();

  expect(await place()).toMatchObject({ status: 201 });
  await endConnections('agizo intake');
  // Both orders are counted. Each reads a product twice a line: to sell it, and to check that the line points at one.
  expect((await entriesRead()) - before).toBeLessThan(2 * 2 * lines + 50);
});
