// Owns the facts about orders over HTTP: placing, reading, moving on, cancelling.

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

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const patch = (id: string, body: unknown, headers = {}) =>
  service.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body, headers });
const get = (id: string, token = customer) => service.request('GET', `/api/v1/orders/${id}/`, { token });

describe('placing', () => {
  test('gives the original’s response, field for field', async () => {
    const [a, b] = [await shop.makeProduct({ price: 200 }), await shop.makeProduct({ price: '10.00' })];
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
      total_amount: 1450,
      currency: 'KES',
      status: 'pending',
      version: 1,
      allowed_moves: ['cancelled'],
      items: [
        { id: expect.stringMatching(uuid), product: a.id, quantity: 7, price: 200 },
        { id: expect.stringMatching(uuid), product: b.id, quantity: 5, price: 10 },
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

describe('lists', () => {
  const list = (query: string, token: string) => service.request('GET', `/api/v1/orders/${query}`, { token });
  const ids = (answer: { body: { id: string }[] }) => answer.body.map((order) => order.id);

  test('hold a customer’s own orders, newest first, page by page without loss while new ones arrive', async () => {
    const token = await service.tokenFor('achieng');
    const product = await shop.makeProduct();
    const placed: string[] = [];
    for (let count = 0; count < 7; count++) placed.push((await shop.place(token, [[product.id, 1]])).body.id);
    const seen: string[] = [];
    for (let url: string | undefined = '/api/v1/orders/?limit=3'; url !== undefined; ) {
      const page = await service.request('GET', url, { token });
      seen.push(...ids(page));
      await shop.place(token, [[product.id, 1]]);
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      url = next?.replace(service.url, '');
    }
    expect(seen).toEqual(placed.toReversed());
    expect((await list('', await service.tokenFor('nobody'))).body).toEqual([]);
  });

  test('are filtered by status, customer, code and time', async () => {
    const token = await service.tokenFor('kamau');
    const product = await shop.makeProduct();
    const [first, second] = [await shop.place(token, [[product.id, 1]]), await shop.place(token, [[product.id, 1]])];
    await patch(second.body.id, { status: 'confirmed' });
    const of = `customer=${first.body.customer.id}`;
    expect(ids(await list(`?${of}`, shop.staff))).toEqual([second.body.id, first.body.id]);
    expect(ids(await list(`?${of}&status=confirmed`, shop.staff))).toEqual([second.body.id]);
    const code = `${first.body.code.slice(0, 4)}-${first.body.code.slice(4)}`.toLowerCase();
    expect(ids(await list(`?code=${code}`, shop.staff))).toEqual([first.body.id]);
    expect(ids(await list(`?code=${code}`, customer))).toEqual([]);
    expect(ids(await list(`?${of}&placed_after=${second.body.created_at}`, shop.staff))).toContain(second.body.id);
    expect(ids(await list(`?${of}&placed_before=${first.body.created_at}`, shop.staff))).toEqual([]);
    expect(ids(await list(`?${of}`, customer))).toEqual([]);
  });

  test('of one status go on from page to page, whoever placed them, and within their bounds in time', async () => {
    const product = await shop.makeProduct();
    const tokens = await Promise.all(['wambui', 'atieno'].map((name) => service.tokenFor(name)));
    const dispatched: string[] = [];
    let after = '';
    for (let count = 0; count < 6; count++) {
      const { body } = await shop.place(tokens[count % 2] ?? '', [[product.id, 1]]);
      after ||= body.created_at;
      if (count % 3 === 2) continue;
      for (const status of ['confirmed', 'dispatched']) await patch(body.id, { status });
      dispatched.unshift(body.id);
    }
    const first = await list(`?status=dispatched&limit=2&placed_after=${after}`, shop.staff);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await service.request('GET', next.replace(service.url, ''), { token: shop.staff });
    expect([...ids(first), ...ids(second)]).toEqual(dispatched);
    expect(ids(await list(`?status=dispatched&placed_before=${after}`, shop.staff))).not.toContain(dispatched.at(-1));
  });

  test('are searched by code, by the beginning of a phone an order was placed with, and by name', async () => {
    const token = await service.tokenFor('njoroge');
    const product = await shop.makeProduct();
    const first = await shop.place(token, [[product.id, 1]], { phone: '+254733100200' });
    const second = await shop.place(token, [[product.id, 1]], { phone: '+254733100300' });
    expect(ids(await list(`?search=${first.body.code}`, shop.staff))).toEqual([first.body.id]);
    expect(ids(await list('?search=0733100200', shop.staff))).toEqual([first.body.id]);
    expect(ids(await list('?search=%2B2547331', shop.staff))).toEqual([second.body.id, first.body.id]);
    expect(ids(await list('?search=njorog', shop.staff))).toEqual([second.body.id, first.body.id]);
    expect(ids(await list('?search=njorog', customer))).toEqual([]);
  });

  test.each([
    '?limit=0',
    '?limit=201',
    '?limit=x',
    '?cursor=abc',
    '?status=lost',
    '?customer=1',
    '?placed_after=today',
    '?colour=red',
  ])('refuse %s', async (query) => {
    expect((await list(query, shop.staff)).status).toBe(400);
  });
});
