// Owns the facts about adding categories and products again with the same idempotency key, also at the same moment.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/catalog.ts';
import { type Answer, type Service, startService } from '../support/service.ts';

let service: Service;
let shop: Shop;
let category: string;
let aheadMs = 0;
let key: string;
let keys = 0;

const clock = () => new Date(Date.now() + aheadMs);

beforeAll(async () => {
  service = await startService({ worker: false, clock });
  shop = await openShop(service);
  category = await shop.category('Things');
});
beforeEach(() => {
  key = `key-${(keys += 1)}`;
  aheadMs = 0;
});
afterAll(() => service.stop());

type Table = 'products' | 'categories';
const bodies: Record<Table, (name: string) => object> = {
  products: (name) => ({ name, price: 10, category }),
  categories: (title) => ({ title }),
};
const add = (table: Table, body: object, as = key) => shop.send('POST', `/${table}/`, body, { 'idempotency-key': as });

async function count(table: Table, name: string): Promise<number> {
  const column = sql.ref(table === 'products' ? 'name' : 'title');
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(table)} where ${column} = ${name}`.execute(service.db);
  return rows[0]?.n ?? 0;
}

const said = ({ status, body, headers }: Answer) => [
  status,
  JSON.stringify(body),
  headers.get('etag'),
  headers.get('location'),
];

describe.each(['products', 'categories'] as const)('%s', (table) => {
  const named = (name: string) => bodies[table](`${name} of ${table}`);
  const howMany = (name: string) => count(table, `${name} of ${table}`);

  test('are added once, and a retry gets the first answer to the byte, whatever has become of it since', async () => {
    const first = await add(table, named('Once'));
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const change = table === 'products' ? { price: 99 } : { title: 'Renamed' };
    await shop.send('PATCH', `/${table}/${first.body.id}/`, change);
    const again = await add(table, named('Once'), `"${key}"`);
    expect(said(again)).toEqual(said(first));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await howMany('Once')).toBe(table === 'products' ? 1 : 0);
  });

  test('that are sent twenty times at once are added once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => add(table, named('Many'))));
    expect(new Set(answers.map((answer) => JSON.stringify(said(answer)))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await howMany('Many')).toBe(1);
  });

  test('are refused with the key of another request, and nothing is added', async () => {
    await add(table, named('First'));
    const refused = await add(table, named('Second'));
    expect(refused).toMatchObject({
      status: 422,
      body: { type: 'https://agizo.dev/problems/idempotency-key-reused' },
    });
    expect(await howMany('Second')).toBe(0);
  });

  test('are the same request whatever the order of their fields', async () => {
    const first = await add(table, named('Turned'));
    const turned = Object.fromEntries(Object.entries(named('Turned')).toReversed());
    expect((await add(table, turned)).body).toEqual(first.body);
  });

  test('without a key are two', async () => {
    for (let time = 0; time < 2; time += 1) await shop.send('POST', `/${table}/`, named('Twice'));
    expect(await howMany('Twice')).toBe(2);
  });

  test.each(['', '   ', 'é', 'x'.repeat(256)])('are refused with the key %j', async (bad) => {
    const encoded = Buffer.from(bad).toString('latin1');
    expect((await add(table, named('Unnamed'), encoded)).status).toBe(400);
    expect(await howMany('Unnamed')).toBe(0);
  });
});

test('a key belongs to one operation and to one member of staff', async () => {
  await add('categories', { title: 'Shared key' });
  expect((await add('products', bodies.products('Shared key'))).status).toBe(422);
  const token = await service.tokenFor('machine');
  const headers = { 'idempotency-key': key };
  const theirs = await service.request('POST', '/api/v1/categories/', { token, body: { title: 'Another' }, headers });
  expect([theirs.status, theirs.body.title]).toEqual([201, 'Another']);
});

test('a refusal is not remembered', async () => {
  const body = { ...bodies.products('Later'), sku: 'LATER' };
  const taken = await shop.product({ category, sku: 'LATER' });
  expect((await add('products', body)).status).toBe(409);
  await shop.send('DELETE', `/products/${taken.id}/`);
  expect((await add('products', body)).status).toBe(201);
});

test('a key is known for a day, and forgotten some time after two', async () => {
  const first = await add('categories', { title: 'Kept' });
  aheadMs = 24 * 60 * 60_000 - 60_000;
  expect((await add('categories', { title: 'Kept' })).body).toEqual(first.body);
  await sql`update request_keys set created_at = created_at - interval '49 hours'`.execute(service.db);
  aheadMs = 0;
  for (let more = 0; more < 5; more += 1) await add('categories', { title: 'More' }, `${key} ${more}`);
  const { rows } = await sql<{ old: number }>`
    select count(*)::int as old from request_keys where created_at < now() - interval '48 hours'`.execute(service.db);
  expect(rows).toEqual([{ old: 0 }]);
});
