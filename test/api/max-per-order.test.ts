// Owns the facts about how much of a product one order may hold.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
});
afterAll(() => service.stop());

test('an order for more is refused whole, and says how much it may hold', async () => {
  const [customer, few] = [await service.tokenFor('wanjiku'), await shop.makeProduct({ stock: 500, max_per_order: 5 })];
  const other = await shop.makeProduct({ stock: 10 });
  const refused = await shop.place(customer, [
    [few.id, 6],
    [other.id, 1],
  ]);
  expect(refused.body).toMatchObject({
    type: 'https://agizo.dev/problems/too-many-of-product',
    status: 409,
    products: [{ product: few.id, requested: 6, max_per_order: 5 }],
  });
  expect([await shop.stockOf(few.id), await shop.stockOf(other.id)]).toEqual([500, 10]);
  expect((await shop.place(customer, [[few.id, 5]])).status).toBe(201);
});

test('lines of one product are added up first', async () => {
  const [customer, few] = [await service.tokenFor('wanjiku'), await shop.makeProduct({ max_per_order: 5 })];
  const refused = await shop.place(customer, [
    [few.id, 3],
    [few.id, 3],
  ]);
  expect(refused.body).toMatchObject({ products: [{ requested: 6 }] });
});

test('it is edited, kept by a replacement that does not say it, and lifted by null', async () => {
  const few = await shop.makeProduct({ max_per_order: 5 });
  const path = `/api/v1/products/${few.id}/`;
  const edit = (method: string, body: unknown) => service.request(method, path, { token: shop.staff, body });
  expect((await service.request('GET', path)).body.max_per_order).toBe(5);
  expect((await edit('PATCH', { max_per_order: 7 })).body.max_per_order).toBe(7);
  expect((await edit('PUT', { name: 'Mug', price: 1, category: shop.category })).body.max_per_order).toBe(7);
  expect((await edit('PATCH', { max_per_order: null })).body.max_per_order).toBeNull();
});

test.each([0, -1, 1.5, '5', 1_000_001])('%s is no number that an order may hold', async (max_per_order) => {
  const body = { name: 'Mug', price: 1, category: shop.category, max_per_order };
  expect((await service.request('POST', '/api/v1/products/', { token: shop.staff, body })).status).toBe(400);
});
