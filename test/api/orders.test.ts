// Owns the facts about placing and reading orders over HTTP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let other: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  other = await service.tokenFor('otieno');
});

afterAll(() => service.stop());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const patch = (id: string, body: unknown) =>
  service.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body });
const get = (id: string, token = customer) => service.request('GET', `/api/v1/orders/${id}/`, { token });

describe('placing', () => {
  test('gives the original’s response, field for field', async () => {
    const a = await shop.makeProduct({ price: 200, sku: 'MUG-08' });
    const b = await shop.makeProduct({ price: '10.00', name: 'Maize flour' });
    const frozen = ({ id, name, sku }: typeof a) => ({
      ...{ id: expect.stringMatching(uuid), variant: id, name, sku, discount: 0, tax: 0 },
    });
    const answer = await service.request('POST', '/api/v1/orders/', {
      token: customer,
      body: {
        items: [
          { product: a.id, quantity: 7 },
          { product: b.id, quantity: 5 },
        ],
        phone_number: '+1234567890',
      },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(uuid),
      code: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{8}$/),
      customer: {
        id: expect.stringMatching(uuid),
        name: 'Wanjiku',
        phonenumber: '+1234567890',
        email: 'wanjiku@agizo.test',
        address: '',
        user: expect.stringMatching(uuid),
      },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: answer.body.created_at,
      ...{ subtotal: 1450, discount: 0, tax: 0 },
      total_amount: 1450,
      currency: 'KES',
      status: 'pending',
      version: 1,
      allowed_moves: ['cancelled'],
      items: [
        { ...frozen(a), product: a.id, quantity: 7, price: 200, total: 1400 },
        { ...frozen(b), product: b.id, quantity: 5, price: 10, total: 50 },
      ],
    });
    expect(answer.headers.get('location')).toBe(`/api/v1/orders/${answer.body.id}/`);
    expect((await get(answer.body.id)).body).toEqual(answer.body);
  });

  test('adds the same product twice up to one line', async () => {
    const product = await shop.makeProduct({ stock: 10 });
    const answer = await shop.place(customer, [
      [product.id, 2],
      [product.id.toUpperCase(), 3],
    ]);
    expect(answer.body.items).toMatchObject([{ product: product.id, quantity: 5 }]);
    expect(await shop.stockOf(product.id)).toBe(5);
  });

  test('takes a local number and keeps the phone that each order was placed with', async () => {
    const product = await shop.makeProduct();
    const first = await shop.place(other, [[product.id, 1]], { phone: '0711 000 001' });
    const second = await shop.place(other, [[product.id, 1]], { phone: '0711 000 002' });
    expect(first.body.customer.phonenumber).toBe('+254711000001');
    expect((await get(first.body.id, other)).body.customer.phonenumber).toBe('+254711000001');
    const me = await service.request('GET', '/api/v1/customers/me/', { token: other });
    expect(me.body.phonenumber).toBe('+254711000002');
    expect(me.body.id).toBe(second.body.customer.id);
  });

  test('freezes names and SKUs', async () => {
    const product = await shop.makeProduct({ name: 'Mug', sku: 'FROZEN-1' });
    const order = await shop.place(customer, [[product.id, 2]]);
    const body = { name: 'Cup', sku: 'FROZEN-2' };
    await service.request('PATCH', `/api/v1/products/${product.id}/`, { token: shop.staff, body });
    await service.request('DELETE', `/api/v1/products/${product.id}/`, { token: shop.staff });
    expect((await get(order.body.id)).body.items).toMatchObject([{ name: 'Mug', sku: 'FROZEN-1' }]);
  });

  test('freezes prices', async () => {
    const product = await shop.makeProduct({ price: 100 });
    const order = await shop.place(customer, [[product.id, 2]]);
    await service.request('PATCH', `/api/v1/products/${product.id}/`, { token: shop.staff, body: { price: 999 } });
    expect((await get(order.body.id)).body).toMatchObject({ total_amount: 200, items: [{ price: 100 }] });
  });

  test('takes nothing when one line cannot be met, and names what is short and what is left', async () => {
    const [plenty, scarce] = [await shop.makeProduct({ stock: 10 }), await shop.makeProduct({ stock: 1 })];
    const answer = await shop.place(customer, [
      [plenty.id, 2],
      [scarce.id, 3],
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      type: 'https://agizo.dev/problems/out-of-stock',
      products: [{ product: scarce.id, requested: 3, available: 1 }],
    });
    expect(await shop.stockOf(plenty.id)).toBe(10);
  });

  test('refuses a product that is unknown or deleted, pointing at its lines', async () => {
    const [gone, there] = [await shop.makeProduct(), await shop.makeProduct()];
    await service.request('DELETE', `/api/v1/products/${gone.id}/`, { token: shop.staff });
    const answer = await shop.place(customer, [
      [there.id, 1],
      [gone.id, 1],
      ['c909fadb-b6ec-47d3-a3b2-54fb58797999', 1],
    ]);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '/items/1/product',
      '/items/2/product',
    ]);
  });

  test('is not for machines', async () => {
    const product = await shop.makeProduct();
    expect((await shop.place(await service.tokenFor('machine'), [[product.id, 1]])).status).toBe(403);
  });
});

describe('an idempotency key', () => {
  test('replays the first answer to the byte, whatever has become of the order', async () => {
    const product = await shop.makeProduct({ stock: 5 });
    const first = await shop.place(customer, [[product.id, 2]], { key: 'replay' });
    await patch(first.body.id, { status: 'cancelled' });
    const again = await shop.place(customer, [[product.id, 2]], { key: 'replay' });
    expect(again.status).toBe(201);
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await shop.stockOf(product.id)).toBe(5);
  });

  test('is the same quoted and bare', async () => {
    const product = await shop.makeProduct();
    const bare = await shop.place(customer, [[product.id, 1]], { key: 'quoted-or-not' });
    const quoted = await shop.place(customer, [[product.id, 1]], { key: '"quoted-or-not"' });
    expect(quoted.body.id).toBe(bare.body.id);
  });

  test('with another body is 422, and belongs to its customer alone', async () => {
    const product = await shop.makeProduct();
    const first = await shop.place(customer, [[product.id, 1]], { key: 'mine' });
    expect((await shop.place(customer, [[product.id, 2]], { key: 'mine' })).status).toBe(422);
    const theirs = await shop.place(other, [[product.id, 2]], { key: 'mine' });
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(first.body.id);
  });

  test('does not remember a refusal', async () => {
    const product = await shop.makeProduct({ stock: 1 });
    expect((await shop.place(customer, [[product.id, 2]], { key: 'later' })).status).toBe(409);
    await service.request('PATCH', `/api/v1/products/${product.id}/`, { token: shop.staff, body: { stock: 2 } });
    expect((await shop.place(customer, [[product.id, 2]], { key: 'later' })).status).toBe(201);
  });

  test.each(['', '   ', 'é', 'x'.repeat(256)])('cannot be %j', async (key) => {
    const product = await shop.makeProduct();
    const encoded = Buffer.from(key).toString('latin1');
    expect((await shop.place(customer, [[product.id, 1]], { key: encoded })).status).toBe(400);
  });
});
