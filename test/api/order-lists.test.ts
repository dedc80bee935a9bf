// Owns the facts about lists of orders over HTTP: whose they hold, pages, filters, search.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
});

afterAll(() => service.stop());

const patch = (id: string, body: unknown) =>
  service.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body });

const list = (query: string, token: string) => service.request('GET', `/api/v1/orders/${query}`, { token });
const ids = (answer: { body: { id: string }[] }) => answer.body.map((order) => order.id);

test('lists hold a customer’s own orders, newest first, page by page without loss while new ones arrive', async () => {
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

test('lists are filtered by status, customer, code and time', async () => {
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

test('lists of one status go on from page to page, whoever placed them, and within their bounds in time', async () => {
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

test('lists are searched by code, by the beginning of a phone an order was placed with, and by name', async () => {
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
])('lists refuse %s', async (query) => {
  expect((await list(query, shop.staff)).status).toBe(400);
});
