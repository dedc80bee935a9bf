// Owns the facts about moving an order on and cancelling it, over HTTP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderStatuses } from '../../src/orders/order.ts';
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

const patch = (id: string, body: unknown, headers = {}) =>
  service.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body, headers });
const get = (id: string, token = customer) => service.request('GET', `/api/v1/orders/${id}/`, { token });

describe('the status', () => {
  const legal = new Set([
    'pending confirmed',
    'pending cancelled',
    'confirmed dispatched',
    'confirmed cancelled',
    'dispatched completed',
  ]);
  const pathTo: Record<string, string[]> = {
    pending: [],
    confirmed: ['confirmed'],
    dispatched: ['confirmed', 'dispatched'],
    completed: ['confirmed', 'dispatched', 'completed'],
    cancelled: ['cancelled'],
  };
  const pairs = orderStatuses.flatMap((from) => orderStatuses.map((to) => [from, to] as const));

  test.each(pairs)('%s to %s', async (from, to) => {
    const product = await shop.makeProduct();
    const order = await shop.place(customer, [[product.id, 1]]);
    for (const step of pathTo[from] ?? []) expect((await patch(order.body.id, { status: step })).status).toBe(200);
    const answer = await patch(order.body.id, { status: to });
    expect(answer.status).toBe(legal.has(`${from} ${to}`) ? 200 : 409);
    const now = (await get(order.body.id)).body;
    expect(now.status).toBe(legal.has(`${from} ${to}`) ? to : from);
    expect(now.version).toBe((pathTo[from]?.length ?? 0) + (answer.status === 200 ? 2 : 1));
  });

  test('is told on the timeline, with who and why', async () => {
    const product = await shop.makeProduct();
    const order = await shop.place(customer, [[product.id, 1]]);
    await patch(order.body.id, { status: 'confirmed', note: 'Paid by M-Pesa' });
    const answer = await service.request('GET', `/api/v1/orders/${order.body.id}/?expand=events`, { token: customer });
    expect(answer.body.events).toMatchObject([
      { status: 'pending', version: 1, actor: 'customer', note: '', created_at: order.body.created_at },
      { status: 'confirmed', version: 2, actor: 'staff', note: 'Paid by M-Pesa' },
    ]);
  });

  test('changes only for those who have seen the current version, where they say so', async () => {
    const product = await shop.makeProduct();
    const order = await shop.place(customer, [[product.id, 1]]);
    const etag = order.headers.get('etag') ?? '';
    expect((await patch(order.body.id, { status: 'confirmed' }, { 'if-match': etag })).status).toBe(200);
    expect((await patch(order.body.id, { status: 'dispatched' }, { 'if-match': etag })).status).toBe(412);
    expect((await get(order.body.id)).body.status).toBe('confirmed');
  });
});

describe('cancelling', () => {
  const cancel = (id: string, token: string) => service.request('DELETE', `/api/v1/orders/${id}/`, { token });

  test('gives the stock back once, and keeps the record', async () => {
    const product = await shop.makeProduct({ stock: 5 });
    const order = await shop.place(customer, [[product.id, 3]]);
    expect((await cancel(order.body.id, customer)).body.status).toBe('cancelled');
    expect((await cancel(order.body.id, customer)).status).toBe(409);
    expect(await shop.stockOf(product.id)).toBe(5);
    expect((await get(order.body.id)).body.status).toBe('cancelled');
  });

  test('gives back only what was taken: nothing for a product that was not counted then', async () => {
    const product = await shop.makeProduct();
    const order = await shop.place(customer, [[product.id, 3]]);
    await service.request('PATCH', `/api/v1/products/${product.id}/`, { token: shop.staff, body: { stock: 7 } });
    await cancel(order.body.id, customer);
    expect(await shop.stockOf(product.id)).toBe(7);
  });

  test('is the customer’s while the order is pending, and the shop’s after', async () => {
    const product = await shop.makeProduct();
    const order = await shop.place(customer, [[product.id, 1]]);
    await patch(order.body.id, { status: 'confirmed' });
    expect((await cancel(order.body.id, customer)).status).toBe(409);
    expect((await cancel(order.body.id, shop.staff)).status).toBe(200);
  });

  test('of somebody else’s order is 404, as is reading it', async () => {
    const product = await shop.makeProduct({ stock: 5 });
    const order = await shop.place(customer, [[product.id, 1]]);
    expect((await cancel(order.body.id, other)).status).toBe(404);
    expect((await get(order.body.id, other)).status).toBe(404);
    expect((await get('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11')).status).toBe(404);
    expect(await shop.stockOf(product.id)).toBe(4);
  });
});
