// Owns the facts about the work of staff on orders: many moved at once, each by itself, and notes that customers never see.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let product: string;
beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  product = (await shop.makeProduct({ stock: 100 })).id;
});
afterAll(() => service.stop());

const place = async (name: string): Promise<string> =>
  (await shop.place(await service.tokenFor(name), [[product, 1]])).body.id;
const bulk = (body: object, headers?: Record<string, string>, token = shop.staff) =>
  service.request('POST', '/api/v1/orders/bulk/', { token, body, ...(headers && { headers }) });
const orderOf = async (id: string, token = shop.staff) =>
  (await service.request('GET', `/api/v1/orders/${id}/?expand=events`, { token })).body;

test('each order is moved by itself: one that refuses says why and holds up no other', async () => {
  const [first, second, third] = [await place('otieno'), await place('wanjiku'), await place('amina')];
  await service.request('DELETE', `/api/v1/orders/${second}/`, { token: shop.staff });
  const unknown = '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b12';
  const { status, body } = await bulk({ ids: [first, second, unknown, third], status: 'confirmed', note: 'All paid.' });
  expect(status).toBe(200);
  expect(body.results).toMatchObject([
    { id: first, status: 'changed' },
    { id: second, status: 'refused', problem: { status: 409 } },
    { id: unknown, status: 'refused', problem: { status: 404 } },
    { id: third, status: 'changed' },
  ]);
  const { events } = await orderOf(first);
  expect(events.at(-1)).toMatchObject({ status: 'confirmed', actor: 'staff', actor_name: 'Staff', note: 'All paid.' });
  await eventually('the customer is told', async () =>
    (await orderOf(third)).events.at(-1).messages.some(({ kind }: { kind: string }) => kind === 'order-confirmed'),
  );
});

test('with a key each order is moved once, also by a request that comes again after a part was done', async () => {
  const ids = [await place('njeri'), await place('mutua')];
  const headers = { 'idempotency-key': 'bulk-1' };
  const body = { ids, status: 'confirmed' };
  const [one, other] = await Promise.all([bulk(body, headers), bulk(body, headers)]);
  expect(one.body).toEqual(other.body);
  const again = await bulk(body, headers);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body.results.map(({ status }: { status: string }) => status)).toEqual(['changed', 'changed']);
  for (const id of ids) expect((await orderOf(id)).version).toBe(2);
  const reused = await bulk({ ids, status: 'dispatched' }, headers);
  expect(reused.body.results).toMatchObject([{ problem: { status: 422 } }, { problem: { status: 422 } }]);
});

test('cancelling many gives their stock back, however often each is cancelled at once', async () => {
  const before = await shop.stockOf(product);
  const ids: string[] = [];
  for (let count = 0; count < 12; count += 1) ids.push(await place('kipchoge'));
  await Promise.all([1, 2, 3].map(() => bulk({ ids, status: 'cancelled' })));
  expect(await shop.stockOf(product)).toBe(before);
});

test('no orders, too many, one twice, or a customer: nothing happens', async () => {
  const id = await place('wanjiku');
  const ids = Array.from({ length: 501 }, (_, index) => `0198c3c5-7f21-7a60-9d0e-${String(index).padStart(12, '0')}`);
  for (const each of [[], ids, [id, id]]) expect((await bulk({ ids: each, status: 'confirmed' })).status).toBe(400);
  const customer = await service.tokenFor('wanjiku');
  expect((await bulk({ ids: [id], status: 'cancelled' }, undefined, customer)).status).toBe(403);
  expect((await orderOf(id)).status).toBe('pending');
});

test('a note stands on the timeline for staff, once for a key, and the customer never sees it', async () => {
  const id = await place('achieng');
  const write = (text: string) =>
    service.request('POST', `/api/v1/orders/${id}/notes/`, {
      token: shop.staff,
      body: { text },
      headers: { 'idempotency-key': 'note-1' },
    });
  const { status, body } = await write('Asked to be called after six.');
  expect(status).toBe(201);
  expect(body).toMatchObject({
    kind: 'note',
    text: 'Asked to be called after six.',
    actor: 'staff',
    actor_name: 'Staff',
  });
  expect((await write('Asked to be called after six.')).headers.get('idempotent-replayed')).toBe('true');
  const order = await orderOf(id);
  expect(order.version).toBe(1);
  expect(order.events.filter(({ kind }: { kind: string }) => kind === 'note')).toMatchObject([
    { note: 'Asked to be called after six.', status: null, actor_name: 'Staff' },
  ]);
  const seen = await orderOf(id, await service.tokenFor('achieng'));
  expect(JSON.stringify(seen)).not.toMatch(/called after six|Staff/);
});

test('a note about no order, or that says nothing, is refused', async () => {
  const id = await place('achieng');
  const write = (order: string, text: string) =>
    service.request('POST', `/api/v1/orders/${order}/notes/`, { token: shop.staff, body: { text } });
  expect((await write('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b12', 'x')).status).toBe(404);
  for (const text of ['', '  ', '\u200b', 'x'.repeat(501)]) expect((await write(id, text)).status).toBe(400);
});
