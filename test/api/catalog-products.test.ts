// Owns the facts about single products over HTTP.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/catalog.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let shop: Shop;
let category: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  category = await shop.category('Things');
});

afterAll(() => service.stop());

const problem = (slug: string) => ({ type: `https://agizo.dev/problems/${slug}` });

test('a new product is read as it was written', async () => {
  const body = { name: 'Enamel mug', description: 'Blue rim.', price: 199.5, category, sku: 'MUG', stock: 40 };
  const answer = await shop.send('POST', '/products/', body);
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    ...body,
    max_per_order: null,
    currency: 'KES',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
    updated_at: answer.body.created_at,
  });
  expect((await service.request('GET', `/api/v1/products/${answer.body.id}/`)).body).toEqual(answer.body);
});

test('what is not given is empty, and stock is not counted', async () => {
  expect(await shop.product({ category })).toMatchObject({ description: '', sku: null, stock: null });
});

test.each([
  [1450, 1450],
  ['19.99', 19.99],
  ['20', 20],
  [0, 0],
  ['0.10', 0.1],
  [1_000_000_000, 1_000_000_000],
])('takes the price %j', async (price, shown) => {
  expect((await shop.product({ category, price })).price).toBe(shown);
});

test('PUT replaces all but a stock that it leaves out, and PATCH only what is given', async () => {
  const { id } = await shop.product({ category, name: 'Old', description: 'Worn', sku: 'REPLACED', stock: 3 });
  const put = await shop.send('PUT', `/products/${id}/`, { name: 'New', price: 5, category });
  expect(put.body).toMatchObject({ name: 'New', description: '', price: 5, sku: null, stock: 3 });
  const patched = await shop.send('PATCH', `/products/${id}/`, { stock: 7 });
  expect(patched.body).toMatchObject({ name: 'New', price: 5, stock: 7 });
  expect((await shop.send('PATCH', `/products/${id}/`, { price: '6.50' })).body).toMatchObject({
    price: 6.5,
    stock: 7,
  });
  expect((await shop.send('GET', `/products/${id}/`)).body).toMatchObject({ name: 'New', price: 6.5, stock: 7 });
});

describe('the stock in a replacement', () => {
  const whole = () => ({ name: 'Replaced', price: 1, category });
  const sell = (id: string, left: number) =>
    service.db.updateTable('stock').set({ on_hand: left }).where('product_id', '=', id).execute();
  const tagOf = async (id: string) => (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '';

  test('stays when it is left out, whatever was sold meanwhile', async () => {
    const { id } = await shop.product({ category, stock: 5 });
    await sell(id, 2);
    const put = await shop.send('PUT', `/products/${id}/`, whole());
    expect(put).toMatchObject({ status: 200, body: { name: 'Replaced', stock: 2 } });
    expect((await shop.send('GET', `/products/${id}/`)).body.stock).toBe(2);
  });

  test.each([
    ['an older count', 5],
    ['a larger one', 50],
    ['that it is not counted', null],
  ])('is refused as %s by who does not say what they have seen, and nothing is changed', async (_what, stock) => {
    const { id } = await shop.product({ category, stock: 5 });
    await sell(id, 2);
    const before = await shop.send('GET', `/products/${id}/`);
    const refused = await shop.send('PUT', `/products/${id}/`, { ...whole(), stock });
    expect(refused).toMatchObject({
      status: 428,
      body: { ...problem('unseen-stock'), errors: [{ pointer: '/stock' }] },
    });
    expect((await shop.send('GET', `/products/${id}/`)).body).toEqual(before.body);
  });

  test('is taken from who has seen the last sale, and from who says that any will do', async () => {
    const { id } = await shop.product({ category, stock: 5 });
    const old = await tagOf(id);
    await sell(id, 2);
    const put = (stock: number | null, tag: string) =>
      shop.send('PUT', `/products/${id}/`, { ...whole(), stock }, { 'if-match': tag });
    expect((await put(15, old)).status).toBe(412);
    expect((await put(15, await tagOf(id))).body.stock).toBe(15);
    expect((await put(null, '*')).body.stock).toBeNull();
  });

  test('is taken when it is the one there is, and when there was none to be sold from', async () => {
    const { id } = await shop.product({ category });
    expect((await shop.send('PUT', `/products/${id}/`, { ...whole(), stock: 4 })).body.stock).toBe(4);
    expect((await shop.send('PUT', `/products/${id}/`, { ...whole(), stock: 4 })).body.stock).toBe(4);
  });
});

test('a deleted product is gone from everywhere, and its SKU is free', async () => {
  const home = await shop.category('Clearance');
  const { id } = await shop.product({ category: home, sku: 'GONE', price: 8 });
  expect((await shop.send('DELETE', `/products/${id}/`)).status).toBe(204);
  for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { price: 1 }]] as const) {
    expect((await shop.send(method, `/products/${id}/`, body)).status).toBe(404);
  }
  expect((await shop.send('GET', `/products/?category_id=${home}`)).body).toEqual([]);
  const average = await shop.send('GET', `/products/average_price/?category_id=${home}`);
  expect(average.body.average_price).toBe(0);
  await shop.product({ category: home, sku: 'GONE' });
});

test('a SKU belongs to one product', async () => {
  await shop.product({ category, sku: 'ONE' });
  const refused = await shop.send('POST', '/products/', { name: 'Second', price: 1, category, sku: 'ONE' });
  expect(refused).toMatchObject({ status: 409, body: { ...problem('duplicate'), errors: [{ pointer: '/sku' }] } });
  const { id } = await shop.product({ category, sku: 'TWO' });
  expect((await shop.send('PATCH', `/products/${id}/`, { sku: 'ONE' })).status).toBe(409);
  expect((await shop.send('PATCH', `/products/${id}/`, { sku: 'TWO' })).status).toBe(200);
});

test('an unknown category is refused', async () => {
  const body = { name: 'Lost', price: 1, category: randomUUID() };
  const refused = await shop.send('POST', '/products/', body);
  expect(refused).toMatchObject({
    status: 422,
    body: { ...problem('unknown-category'), errors: [{ pointer: '/category' }] },
  });
  const { id } = await shop.product({ category });
  expect((await shop.send('PUT', `/products/${id}/`, body)).status).toBe(422);
});

describe('conditional requests', () => {
  test('the tag of a product changes with an edit and with its stock', async () => {
    const { id } = await shop.product({ category, stock: 5 });
    const tag = async () => (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '';
    const first = await tag();
    expect((await shop.send('GET', `/products/${id}/`, undefined, { 'if-none-match': first })).status).toBe(304);
    await service.db.updateTable('stock').set({ on_hand: 4 }).where('product_id', '=', id).execute();
    const sold = await tag();
    await shop.send('PATCH', `/products/${id}/`, { name: 'Renamed' });
    expect(new Set([first, sold, await tag()]).size).toBe(3);
  });

  test('the tag of a list changes with what is in it', async () => {
    const home = await shop.category('Watched');
    const { id } = await shop.product({ category: home, stock: 5 });
    const path = `/products/?category_id=${home}`;
    const headers = { 'if-none-match': (await shop.send('GET', path)).headers.get('etag') ?? '' };
    const same = await shop.send('GET', path, undefined, headers);
    expect([same.status, same.body]).toEqual([304, '']);
    await shop.send('PATCH', `/products/${id}/`, { stock: 4 });
    expect((await shop.send('GET', path, undefined, headers)).status).toBe(200);
  });

  test('a change of a stale version is refused, by PUT, PATCH and DELETE alike', async () => {
    const { id } = await shop.product({ category, name: 'Contested' });
    const stale = { 'if-match': (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '' };
    expect((await shop.send('PATCH', `/products/${id}/`, { name: 'Mine' }, stale)).status).toBe(200);
    for (const [method, body] of [
      ['PUT', { name: 'Yours', price: 1, category }],
      ['PATCH', { price: 1 }],
      ['DELETE'],
    ] as const) {
      const refused = await shop.send(method, `/products/${id}/`, body, stale);
      expect(refused).toMatchObject({ status: 412, body: problem('stale') });
    }
    expect((await shop.send('GET', `/products/${id}/`)).body).toMatchObject({ name: 'Mine', price: 10 });
  });

  test('a stock that was sold from since it was read is not overwritten', async () => {
    const { id } = await shop.product({ category, stock: 5 });
    const read = { 'if-match': (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '' };
    await service.db.updateTable('stock').set({ on_hand: 4 }).where('product_id', '=', id).execute();
    expect((await shop.send('PATCH', `/products/${id}/`, { stock: 15 }, read)).status).toBe(412);
  });
});

const refusals: [object, string][] = [
  [{ price: 'abc' }, '/price'],
  [{ price: -1 }, '/price'],
  [{ price: 1.999 }, '/price'],
  [{ price: '1.999' }, '/price'],
  [{ price: 1e300 }, '/price'],
  [{ price: 1_000_000_001 }, '/price'],
  [{ price: '' }, '/price'],
  [{ price: null }, '/price'],
  [{ name: '' }, '/name'],
  [{ name: ' \t' }, '/name'],
  [{ name: 'x'.repeat(10_000) }, '/name'],
  [{ name: 'a\0b' }, '/name'],
  [{ name: 7 }, '/name'],
  [{ description: 'x'.repeat(10_001) }, '/description'],
  [{ category: 'kitchen' }, '/category'],
  [{ category: null }, '/category'],
  [{ sku: '' }, '/sku'],
  [{ sku: 'x'.repeat(65) }, '/sku'],
  [{ stock: -1 }, '/stock'],
  [{ stock: 1.5 }, '/stock'],
  [{ stock: 1e12 }, '/stock'],
  [{ stock: '2' }, '/stock'],
  [{ colour: 'red' }, '/colour'],
];

test.each(refusals.map(([change, pointer]) => ({ shown: JSON.stringify(change).slice(0, 40), change, pointer })))(
  'refuses $shown and changes nothing',
  async ({ change, pointer }) => {
    const before = await shop.product({ category });
    const patched = await shop.send('PATCH', `/products/${before.id}/`, change);
    expect(patched.status).toBe(400);
    expect(patched.body).toMatchObject(problem('invalid-request'));
    expect(patched.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect((await shop.send('GET', `/products/${before.id}/`)).body).toEqual(before);
    const posted = await shop.send('POST', '/products/', { name: 'Mug', price: 1, category, ...change });
    expect(posted.status).toBe(400);
  },
);

test('half of a surrogate pair is refused', async () => {
  const refused = await shop.send('POST', '/products/', `{"name": "a\\ud800", "price": 1, "category": "${category}"}`);
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/name' }] } });
});

test('an id that is not a UUID is refused, and an unknown one is not found', async () => {
  const whole = { name: 'a', price: 1, category };
  for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { price: 1 }], ['PUT', whole]] as const) {
    expect((await shop.send(method, '/products/42/', body)).status).toBe(400);
    expect((await shop.send(method, `/products/${randomUUID()}/`, body)).status).toBe(404);
  }
});
