// Owns the facts about bad input, tokens aside: each with a clear problem, no change, and never a 500.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let deleted: string;
let expectRefusal: ExpectRefusal;

beforeAll(async () => {
  service = await startService({ worker: false });
  expectRefusal = refusalsOf(service);
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct({ stock: 100 })).id;
  deleted = (await shop.makeProduct()).id;
  await service.request('DELETE', `/api/v1/products/${deleted}/`, { token: shop.staff });
  // Known from here on, so that a refused request doesn't count as the first one of a customer.
  await service.request('GET', '/api/v1/customers/me/', { token: customer });
});

afterAll(() => service.stop());

const order =
  (body: unknown, headers: Record<string, string> = {}) =>
  () =>
    service.request('POST', '/api/v1/orders/', { token: customer, body, headers });
const item = (quantity: unknown) => ({ items: [{ product, quantity }], phone_number: '+254712345678' });

describe('an order', () => {
  test.each<[what: string, body: () => unknown, status: number, pointer?: string]>([
    ['that is malformed JSON', () => '{"items": [', 400, ''],
    ['that is empty', () => '', 400],
    ['that is not an object', () => [], 400],
    ['with an unknown field', () => ({ ...item(1), coupon: 'X' }), 400, '/coupon'],
    [
      'with an unknown field in a line',
      () => ({ ...item(1), items: [{ product, quantity: 1, price: 1 }] }),
      400,
      '/items/0/price',
    ],
    ['without items', () => ({ phone_number: '+254712345678' }), 400, '/items'],
    ['with empty items', () => ({ ...item(1), items: [] }), 400, '/items'],
    [
      'with 201 lines',
      () => ({ ...item(1), items: Array.from({ length: 201 }, () => ({ product, quantity: 1 })) }),
      400,
      '/items',
    ],
    ['with quantity 0', () => item(0), 400, '/items/0/quantity'],
    ['with quantity -1', () => item(-1), 400, '/items/0/quantity'],
    ['with quantity 1.5', () => item(1.5), 400, '/items/0/quantity'],
    ['with quantity 1e9', () => item(1e9), 400, '/items/0/quantity'],
    ['with quantity "2"', () => item('2'), 400, '/items/0/quantity'],
    ['with quantity null', () => item(null), 400, '/items/0/quantity'],
    [
      'with quantities that add up to too many',
      () => ({ ...item(1), items: Array.from({ length: 2 }, () => ({ product, quantity: 900_000 })) }),
      400,
      '/items/1/quantity',
    ],
    [
      'of a product that is no UUID',
      () => ({ ...item(1), items: [{ product: 'mug', quantity: 1 }] }),
      400,
      '/items/0/product',
    ],
    [
      'of an unknown product',
      () => ({ ...item(1), items: [{ product: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11', quantity: 1 }] }),
      422,
      '/items/0/product',
    ],
    [
      'of a deleted product',
      () => ({ ...item(1), items: [{ product: deleted, quantity: 1 }] }),
      422,
      '/items/0/product',
    ],
    ['for the phone "hello"', () => ({ ...item(1), phone_number: 'hello' }), 400, '/phone_number'],
    ['for a phone of 10 kB', () => ({ ...item(1), phone_number: '1'.repeat(10_240) }), 400, '/phone_number'],
    ['for a phone with a NUL byte', () => ({ ...item(1), phone_number: '+2547123\u000045678' }), 400, '/phone_number'],
    [
      'for a phone with half a surrogate pair',
      () => JSON.stringify(item(1)).replace('+254712345678', '\\ud800'),
      400,
      '/phone_number',
    ],
  ])('%s is refused', (_what, body, status, pointer) => expectRefusal(order(body()), status, pointer));

  test('of 2 MB is refused', () => expectRefusal(order({ ...item(1), note: 'x'.repeat(2_000_000) }), 413));

  test('in another content type is refused', () =>
    expectRefusal(order(JSON.stringify(item(1)), { 'content-type': 'text/plain' }), 415));

  test('larger than money can be counted is refused', async () => {
    const dear = await shop.makeProduct({ price: 1_000_000_000 });
    const body = { items: [{ product: dear.id, quantity: 1_000_000 }], phone_number: '+254712345678' };
    await expectRefusal(order(body), 422);
  });

  test('of any other shape never ends in a 500', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.record({ items: fc.jsonValue(), phone_number: fc.jsonValue() })),
        async (body) => {
          const answer = await order(JSON.stringify(body))();
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          expect(answer.headers.get('content-type')).toContain('application/problem+json');
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a change of an order', () => {
  test.each<[body: unknown, status: number, pointer?: string]>([
    [{}, 400, '/status'],
    [{ status: 'lost' }, 400, '/status'],
    [{ status: 'confirmed', note: 'x'.repeat(501) }, 400, '/note'],
    [{ status: 'confirmed', by: 'me' }, 400, '/by'],
  ])('to %j is refused', async (body, status, pointer) => {
    const placed = await shop.place(customer, [[product, 1]]);
    const change = () => service.request('PATCH', `/api/v1/orders/${placed.body.id}/`, { token: shop.staff, body });
    await expectRefusal(change, status, pointer);
  });

  test.each(['GET', 'DELETE'])('%s of an id that is no UUID is 400 and of an unknown one 404', async (method) => {
    await expectRefusal(() => service.request(method, '/api/v1/orders/42/', { token: customer }), 400);
    await expectRefusal(
      () => service.request(method, '/api/v1/orders/0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11/', { token: customer }),
      404,
    );
    await expectRefusal(() => service.request(method, '/api/v1/orders/%00/', { token: customer }), 400);
  });
});

describe('a product', () => {
  const body = (parts: Record<string, unknown>) => ({ name: 'Mug', price: 1, category: shop.category, ...parts });
  test.each<[what: string, parts: Record<string, unknown>, status: number, pointer: string]>([
    ['price "abc"', { price: 'abc' }, 400, '/price'],
    ['price -1', { price: -1 }, 400, '/price'],
    ['price 1.999', { price: 1.999 }, 400, '/price'],
    ['a name of 10 kB', { name: 'x'.repeat(10_240) }, 400, '/name'],
    ['a NUL in its name', { name: 'Mu\u0000g' }, 400, '/name'],
    ['half a surrogate pair in its name', { name: 'Mug \ud800' }, 400, '/name'],
    ['an empty name', { name: '' }, 400, '/name'],
    ['stock -1', { stock: -1 }, 400, '/stock'],
    ['an unknown category', { category: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11' }, 422, '/category'],
  ])('with %s is refused', (_what, parts, status, pointer) =>
    expectRefusal(
      () => service.request('POST', '/api/v1/products/', { token: shop.staff, body: body(parts) }),
      status,
      pointer,
    ),
  );

  test('changed by two at once keeps what both have written only where they had seen it', async () => {
    const made = await shop.makeProduct({ name: 'Kettle', price: 10 });
    const path = `/api/v1/products/${made.id}/`;
    const etag = (await service.request('GET', path)).headers.get('etag') ?? '';
    const edit = (price: number) =>
      service.request('PATCH', path, { token: shop.staff, body: { price }, headers: { 'if-match': etag } });
    const answers = await Promise.all([edit(11), edit(12)]);
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 412]);
  });
});

describe('a name', () => {
  test.each<[what: string, name: string]>([
    ['of 10 kB', 'x'.repeat(10_240)],
    ['with a NUL', 'Sha\u0000mba'],
    ['with half a surrogate pair', 'Shamba \ud800'],
  ])('%s is refused for a category and for a customer', async (_what, name) => {
    const category = { token: shop.staff, body: { title: name } };
    await expectRefusal(() => service.request('POST', '/api/v1/categories/', category), 400, '/title');
    const me = { token: customer, body: { name } };
    await expectRefusal(() => service.request('PATCH', '/api/v1/customers/me/', me), 400, '/name');
  });
});

test.each(['products', 'categories', 'customers'])(
  'an id of %s that is none is 400, an unknown one 404',
  async (list) => {
    const get = (id: string) => () => service.request('GET', `/api/v1/${list}/${id}/`, { token: shop.staff });
    await expectRefusal(get('42'), 400);
    await expectRefusal(get('%00'), 400);
    await expectRefusal(get('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11'), 404);
  },
);

test('another customer’s order can be neither read nor cancelled, as if it were not there', async () => {
  const other = await service.tokenFor('achieng');
  await service.request('GET', '/api/v1/customers/me/', { token: other });
  const placed = await shop.place(customer, [[product, 1]]);
  for (const method of ['GET', 'DELETE']) {
    await expectRefusal(() => service.request(method, `/api/v1/orders/${placed.body.id}/`, { token: other }), 404);
  }
});

test('a category that would be its own ancestor is refused', async () => {
  const make = async (title: string, parent?: string) =>
    (
      await service.request('POST', '/api/v1/categories/', {
        token: shop.staff,
        body: { title, ...(parent && { parent }) },
      })
    ).body.id;
  const top = await make('Top');
  const below = await make('Below', top);
  await expectRefusal(
    () => service.request('PATCH', `/api/v1/categories/${top}/`, { token: shop.staff, body: { parent: below } }),
    409,
  );
});

test('the original’s own average price address works, quotes and stray slash and all', async () => {
  const answer = await service.request('GET', `/api/v1/products/average_price/?category_id="${shop.category}"/`);
  expect(answer.body).toMatchObject({ category_id: shop.category, average_price: expect.any(Number) });
});
