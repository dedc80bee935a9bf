// Owns the facts about the audit trail: whatever staff change is on it, as it was and as it is, and nobody changes that.

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

const send = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
  service.request(method, `/api/v1${path}`, { token: shop.staff, ...(body && { body }), ...(headers && { headers }) });
const trail = async (query: string) => (await send('GET', `/audit/?${query}`)).body;

test('a product and a category say what they were and what they are, by whom', async () => {
  const { body: made } = await send('POST', '/products/', {
    name: 'Mug',
    price: 200,
    category: shop.category,
    stock: 5,
  });
  await send('PATCH', `/products/${made.id}/`, { price: '250.50', stock: 9 });
  await send('PATCH', `/products/${made.id}/`, { name: 'Mug' });
  const { body: other } = await send('POST', '/categories/', { title: 'Cups' });
  await send('PUT', `/products/${made.id}/`, { name: 'Cup', price: 250.5, category: other.id });
  await send('DELETE', `/products/${made.id}/`);
  expect(await trail(`subject=product:${made.id}`)).toMatchObject([
    { action: 'deleted', subject: { type: 'product', id: made.id, label: 'Cup' }, changes: { name: ['Cup', null] } },
    { action: 'changed', changes: { name: ['Mug', 'Cup'], category: [shop.category, other.id] } },
    { action: 'changed', changes: { price_minor: [20_000, 25_050], stock: [5, 9] } },
    { action: 'created', actor: { name: 'Staff' }, changes: { name: [null, 'Mug'], stock: [null, 5] } },
  ]);
  await send('PATCH', `/categories/${other.id}/`, { title: 'Tea cups' });
  await send('DELETE', `/categories/${other.id}/`);
  expect(await trail(`subject=category:${other.id}`)).toMatchObject([
    { action: 'deleted' },
    { action: 'changed', subject: { label: 'Tea cups' }, changes: { title: ['Cups', 'Tea cups'] } },
    { action: 'created' },
  ]);
});

test('what staff make of orders is on it; what customers do to their own is on the timelines alone', async () => {
  const { id: product } = await shop.makeProduct();
  const place = async () => (await shop.place(await service.tokenFor('wanjiku'), [[product, 1]])).body;
  const [kept, cancelled] = [await place(), await place()];
  await send('PATCH', `/orders/${kept.id}/`, { status: 'confirmed', note: 'Paid by Wanjiku herself.' });
  await service.request('DELETE', `/api/v1/orders/${cancelled.id}/`, { token: await service.tokenFor('wanjiku') });
  expect(await trail(`subject=order:${kept.id}`)).toMatchObject([
    { subject: { label: kept.code }, note: '', changes: { status: ['pending', 'confirmed'] } },
  ]);
  expect(await trail(`subject=order:${cancelled.id}`)).toEqual([]);
});

test('a change that is refused leaves nothing, and one that is sent again with its key one entry', async () => {
  const headers = { 'idempotency-key': 'one-product' };
  const body = { name: 'Kept once', price: 5, category: shop.category };
  const { body: made } = await send('POST', '/products/', body, headers);
  await send('POST', '/products/', body, headers);
  expect((await send('PATCH', `/products/${made.id}/`, { price: 6 }, { 'if-match': '"0.0"' })).status).toBe(412);
  expect((await send('POST', '/products/', { ...body, sku: 'x'.repeat(65) })).status).toBe(400);
  expect(await trail(`subject=product:${made.id}`)).toHaveLength(1);
});

test('it is found by who, what and when, page by page', async () => {
  const all = await trail('limit=200');
  expect(all.length).toBeGreaterThan(8);
  const [newest] = all;
  expect(await trail(`actor=${newest.actor.user}&limit=200`)).toEqual(all);
  expect(await trail('actor=0198c3c5-7f22-7b10-9c55-7e2a1b0c9d33')).toEqual([]);
  const created = all.filter(({ action }: { action: string }) => action === 'created');
  expect(await trail('action=created&limit=200')).toEqual(created);
  expect(await trail(`before=${encodeURIComponent('2020-01-01T00:00:00Z')}`)).toEqual([]);
  expect(await trail(`after=${encodeURIComponent('2020-01-01T00:00:00Z')}&limit=200`)).toEqual(all);
  const seen: unknown[] = [];
  let path: string | undefined = '/audit/?limit=3';
  while (path !== undefined) {
    const answer: Awaited<ReturnType<typeof send>> = await send('GET', path);
    seen.push(...answer.body);
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    path = next === undefined ? undefined : next.slice(next.indexOf('/audit/'));
  }
  expect(seen).toEqual(all);
});
