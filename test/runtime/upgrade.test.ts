// Owns the facts about bringing a database of the release before up to this one, with trade in it that goes on meanwhile.

import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { createEmptyDatabase, type Service, startService } from '../support/service.ts';

/** The schema of the release before ends with this migration. */
const before = 15;

let service: Service;
let staff: string;

const ids = { customer: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2', user: 'ab22a598-0c26-528f-801b-857334163b48' };
const orderId = (number: number) => `0198c3c5-7f21-7a60-9d0e-00000000000${number}`;

/** What the processes of the release before wrote: columns and values as they named them. */
const trade = `
  insert into categories (id, code, title, created_at, updated_at)
  values ('c909fadb-b6ec-47d3-a3b2-54fb58797942', 'KITCHEN', 'Kitchen', now(), now());
  insert into products (id, category_id, sku, name, price_minor, created_at, updated_at, deleted_at) values
    ('11eb1775-893b-453d-a92a-529627c29b0a', 'c909fadb-b6ec-47d3-a3b2-54fb58797942', 'MUG-08', 'Enamel mug', 20000, now(), now(), null),
    ('acf4935a-b66f-47c6-a6ba-d840e62a6cfe', 'c909fadb-b6ec-47d3-a3b2-54fb58797942', null, 'Maize flour', 1000, now(), now(), now());
  insert into customers (id, user_id, issuer, subject, name, phone_number, created_at, updated_at)
  values ('${ids.customer}', '${ids.user}', 'https://old.test/', 'auth0|wanjiku', 'Wanjiku', '+254712345678', now(), now());
  insert into customer_phone_numbers (phone_number, user_id) values ('+254712345678', '${ids.user}')`;

const placing = (number: number) => `
  with placed as (
    insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address, created_at, updated_at)
    values ('${orderId(number)}', '${ids.customer}', '${ids.user}', 'pending', 'KES', 43000, 'Wanjiku', '', '+254712345678', '',
      '2026-02-14 12:00Z', '2026-02-14 12:00Z'))
  insert into order_lines (order_id, position, id, product_id, quantity, price_minor, took_stock) values
    ('${orderId(number)}', 1, gen_random_uuid(), '11eb1775-893b-453d-a92a-529627c29b0a', 2, 20000, false),
    ('${orderId(number)}', 2, gen_random_uuid(), 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe', 3, 1000, false)`;

const changing = (number: number, status: string, version: number, actor: string) => `
  update orders set status = '${status}', version = ${version}, updated_at = now() where id = '${orderId(number)}';
  insert into order_events (id, order_id, status, version, actor, note, created_at)
  values (gen_random_uuid(), '${orderId(number)}', '${status}', ${version}, '${actor}', '', now())`;

const announcing = (number: number) => `
  insert into messages (id, channel, order_id, kind, recipient, body, status, attempts, due_at, created_at, updated_at)
  values ('0198c3c5-7f22-7b10-9c55-00000000000${number}', 'sms', '${orderId(number)}', 'order-pending', '+254712345678', 'Thanks.', 'delivered', 1,
    now(), '2026-02-14 12:00:01Z', now());
  insert into message_attempts (message_id, attempt, started_at, ended_at, outcome, detail, provider_id, cost, cost_currency)
  values ('0198c3c5-7f22-7b10-9c55-00000000000${number}', 1, now(), now(), 'accepted', '', 'ATPid_${number}', 0.8, 'KES')`;

beforeAll(async () => {
  const migrations = await readMigrations('migrations');
  const databaseUrl = await createEmptyDatabase();
  await migrate(databaseUrl, migrations.slice(0, before));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(trade);
  for (const number of [1, 2]) await client.query(`${placing(number)}; ${announcing(number)}`);
  await client.query(changing(1, 'cancelled', 2, 'customer by SMS'));
  await client.query(changing(2, 'confirmed', 2, 'staff'));
  await migrate(databaseUrl, migrations);
  // Processes of the release before serve on until the last of them is replaced.
  await client.query(`${placing(3)}; ${announcing(3)}`);
  await client.query(changing(3, 'cancelled', 2, 'customer by SMS'));
  await client.query(changing(2, 'dispatched', 3, 'staff'));
  await client.end();
  service = await startService({ sharing: { databaseUrl }, worker: false });
  staff = await service.tokenFor('staff');
});

afterAll(() => service.stop());

const read = async (number: number) =>
  (await service.request('GET', `/api/v1/orders/${orderId(number)}/?expand=events`, { token: staff })).body;

test.each([
  [1, 'written before'],
  [3, 'written meanwhile'],
])('order %i, %s, keeps its status, its amounts and its messages with what they cost', async (number) => {
  expect(await read(number)).toMatchObject({
    status: 'cancelled',
    version: 2,
    total_amount: 430,
    items: [
      { product: '11eb1775-893b-453d-a92a-529627c29b0a', quantity: 2, price: 200 },
      { product: 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe', quantity: 3, price: 10 },
    ],
  });
  const [placed] = (await read(number)).events;
  expect(placed.messages).toMatchObject([{ kind: 'order-pending', status: 'delivered' }]);
  expect(JSON.stringify(placed.messages)).toContain('0.8');
});

test.each([1, 3])('the lines of order %i say what was sold and what they come to', async (number) => {
  const order = await read(number);
  expect(order).toMatchObject({ subtotal: 430, discount: 0, tax: 0, total_amount: 430 });
  const [mug, flour] = ['11eb1775-893b-453d-a92a-529627c29b0a', 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe'];
  expect(order.items).toMatchObject([
    { product: mug, variant: mug, name: 'Enamel mug', sku: 'MUG-08', discount: 0, tax: 0, total: 400 },
    { product: flour, variant: flour, name: 'Maize flour', sku: null, discount: 0, tax: 0, total: 30 },
  ]);
});

test('what was sold stays as it was sold, also on orders that were placed before', async () => {
  await sql`update products set name = 'Cup' where sku = 'MUG-08'`.execute(service.db);
  for (const number of [1, 3]) expect((await read(number)).items[0]).toMatchObject({ name: 'Enamel mug' });
  const renaming = sql`update order_lines set name = 'Cup'`.execute(service.db);
  await expect(renaming).rejects.toThrow('rows of order_lines stay');
});

test.each([1, 3])('order %i was cancelled by its customer, by SMS', async (number) => {
  const { events } = await read(number);
  expect(events[1]).toMatchObject({ kind: 'status', status: 'cancelled', version: 2, actor: 'customer', via: 'sms' });
});

test('what staff did before and meanwhile was done over the API', async () => {
  const { events } = await read(2);
  expect(events).toMatchObject([
    { kind: 'status', status: 'pending', version: 1, actor: 'customer', via: 'api' },
    { kind: 'status', status: 'confirmed', version: 2, actor: 'staff', via: 'api' },
    { kind: 'status', status: 'dispatched', version: 3, actor: 'staff', via: 'api' },
  ]);
});

test('a status has its version once in a timeline, and what changes no status has none', async () => {
  const event = (kind: string, status: string | null, version: number | null) =>
    sql`
    insert into order_events (id, order_id, kind, status, version, actor, via, created_at)
    values (gen_random_uuid(), ${orderId(1)}, ${kind}, ${status}, ${version}, 'staff', 'api', now())`.execute(
      service.db,
    );
  await expect(event('status', 'confirmed', 2)).rejects.toThrow('order_events_order_id_version_key');
  await expect(event('status', null, null)).rejects.toThrow('order_events_status_kind');
  await event('note', null, null);
  await event('note', null, null);
  await sql`delete from order_events where kind = 'note'`.execute(service.db);
});

test('every rule of the database holds for what was there before', async () => {
  const { rows } = await sql`select conname from pg_constraint where not convalidated`.execute(service.db);
  expect(rows).toEqual([]);
});
