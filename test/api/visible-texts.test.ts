// Owns the facts about texts that hold what can't be seen, wherever people write them.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callBack } from '../support/callbacks.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
const unseen = '\u200b\u202e\ufeff';

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
});
afterAll(() => service.stop());

const send = (method: string, path: string, body: unknown, token = shop.staff) =>
  service.request(method, path, { token, body });

test('a customer’s name and address are kept as they are seen', async () => {
  const token = await service.tokenFor('ann');
  const body = { name: 'Ann\u202eevil', address: '\u2066Moi Avenue\u2069 1' };
  expect((await send('PATCH', '/api/v1/customers/me/', body, token)).body).toMatchObject({
    name: 'Annevil',
    address: 'Moi Avenue 1',
  });
});

test('so are categories, products and notes, composed', async () => {
  const category = await send('POST', '/api/v1/categories/', { title: `Cre\u0300me${unseen}s` });
  expect(category.body).toMatchObject({ title: 'Crèmes' });
  const product = {
    name: `Mug${unseen}`,
    description: 'می\u200cخواهم👨\u200d👩\u200d👧',
    price: 1,
    category: category.body.id,
  };
  expect((await send('POST', '/api/v1/products/', product)).body).toMatchObject({
    name: 'Mug',
    description: 'می\u200cخواهم👨\u200d👩\u200d👧',
  });
});

test('a text from a customer is kept as it is seen, also where nothing is left', async () => {
  for (const [id, text, body] of [
    ['seen-1', `STATUS${unseen}`, 'STATUS'],
    ['seen-2', unseen, ''],
  ] as const) {
    expect((await callBack(service, 'incoming', { id, from: '+254712345678', to: '22384', text })).status).toBe(200);
    await eventually('the text is kept', async () => {
      const { rows } = await sql<{
        body: string;
      }>`select body from incoming_messages where provider_id = ${id}`.execute(service.db);
      return rows[0]?.body === body;
    });
  }
});

describe('nothing that can be seen is no text', () => {
  test.each<[where: string, method: string, path: string, body: object, pointer: string]>([
    ['a title', 'POST', '/api/v1/categories/', { title: '\u200b' }, '/title'],
    ['a name', 'PATCH', '/api/v1/customers/me/', { name: '\u202e' }, '/name'],
    ['an address', 'PATCH', '/api/v1/customers/me/', { address: '\u2800\u00ad' }, '/address'],
    ['a reason', 'POST', '/api/v1/channels/sms/pause/', { reason: '\ufeff' }, '/reason'],
    ['a template', 'PUT', '/api/v1/message-templates/order-pending/en/', { text: '\u{e0041}' }, '/text'],
  ])('%s', async (_where, method, path, body, pointer) => {
    const token = path.includes('/me/') ? await service.tokenFor('ann') : shop.staff;
    const answer = await send(method, path, body, token);
    expect(answer.status, JSON.stringify(answer.body)).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer, detail: 'holds nothing that can be seen' }]);
  });

  test('in a search', async () => {
    const answer = await service.request('GET', '/api/v1/products/?search=%E2%80%8B');
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer: '?search', detail: 'holds nothing that can be seen' }]);
  });
});

test('a search finds what was pasted with more than is seen', async () => {
  const { body } = await send('POST', '/api/v1/categories/', { title: 'Kettles' });
  await send('POST', '/api/v1/products/', { name: 'Whistling kettle', price: 1, category: body.id });
  const found = await service.request('GET', `/api/v1/products/?search=${encodeURIComponent(`whis${unseen}tling`)}`);
  expect(found.body.map(({ name }: { name: string }) => name)).toEqual(['Whistling kettle']);
});
