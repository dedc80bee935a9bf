// Owns the facts about files of products sent over HTTP: looked at before anything is written, then applied once, whatever happens meanwhile.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
});
afterAll(() => service.stop());

const send = (
  text: string | Buffer,
  parts: { headers?: Record<string, string>; query?: string } = {},
): Promise<Answer> =>
  service.request('POST', `/api/v1/product-imports/${parts.query ?? ''}`, {
    token: shop.staff,
    body: String(text),
    headers: { 'content-type': 'text/csv', ...parts.headers },
  });
const apply = (id: string, headers?: Record<string, string>): Promise<Answer> =>
  service.request('POST', `/api/v1/product-imports/${id}/apply/`, { token: shop.staff, ...(headers && { headers }) });
const read = async (id: string) =>
  (await service.request('GET', `/api/v1/product-imports/${id}/`, { token: shop.staff })).body;
const untilOver = (id: string) =>
  eventually('it is over', async () => {
    const found = await read(id);
    return found.status !== 'applying' && found;
  });
const productNamed = async (name: string) => {
  const { body } = await service.request('GET', `/api/v1/products/?search=${encodeURIComponent(name)}`);
  return body.find((product: { name: string }) => product.name === name);
};

test('a file is looked at, and written when it is applied', async () => {
  const text = [
    'sku,name,category,price,stock',
    'A-1,Blue kettle,Kitchen > Kettles,"1,450.00",5',
    'A-2,Red kettle,Kitchen > Kettles,"1,450",5',
    'A-1,Twice,Kitchen,1,1',
    'A-3,,Kitchen,oops,',
  ].join('\n');
  const { status, headers, body } = await send(text);
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/product-imports/${body.id}/`);
  expect(body).toMatchObject({ status: 'checked', rows: 4, creates: 1, updates: 0, refused_rows: 3, result: null });
  expect(body.refused).toMatchObject([
    { line: 3, column: 'price', value: '1,450', detail: expect.stringContaining('can be') },
    { line: 4, column: 'sku', value: 'A-1', detail: expect.stringContaining('line 2') },
    { line: 5, column: 'name', value: '', detail: 'is empty' },
    { line: 5, column: 'price', value: 'oops' },
  ]);
  expect(await productNamed('Blue kettle')).toBeUndefined();
  expect((await apply(body.id)).status).toBe(202);
  expect(await untilOver(body.id)).toMatchObject({
    status: 'done',
    done: 4,
    of: 4,
    result: { creates: 1, refused_rows: 3 },
  });
  expect(await productNamed('Blue kettle')).toMatchObject({ price: 1450, stock: 5, sku: 'A-1' });
  expect(await productNamed('Red kettle')).toBeUndefined();
});

test('a form with the file does as well', async () => {
  const form = new FormData();
  form.set('file', new Blob(['sku,name,category,price\nF-1,From a form,Kitchen,10\n']), 'products.csv');
  const answer = await fetch(`${service.url}/api/v1/product-imports/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.staff}` },
    body: form,
  });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ creates: 1, refused: [] });
});

test('applying twice, and sending twice with a key, does it once', async () => {
  const text = 'sku,name,category,price\nK-1,Kept once,Kitchen,10\n';
  const headers = { 'idempotency-key': 'import-1' };
  const first = await send(text, { headers });
  const again = await send(text, { headers });
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect((await send(`${text}K-2,More,Kitchen,1\n`, { headers })).status).toBe(422);
  await Promise.all([apply(first.body.id), apply(first.body.id), apply(first.body.id)]);
  expect(await untilOver(first.body.id)).toMatchObject({ status: 'done', result: { creates: 1, unchanged: 0 } });
  expect((await apply(first.body.id)).body.status).toBe('done');
});

test('a large file comes in as a whole, and a file that a worker left half done is ended by another', async () => {
  const rows = Array.from({ length: 1_200 }, (_, number) => `L-${number},Large ${number},Kitchen,${number + 1}`);
  const { body } = await send(['sku,name,category,price', ...rows].join('\n'));
  expect(body).toMatchObject({ rows: 1_200, creates: 1_200 });
  await apply(body.id);
  // As one that died behind its first batch leaves it.
  expect(await untilOver(body.id)).toMatchObject({ status: 'done', done: 1_200, result: { creates: 1_200 } });
  await service.db
    .updateTable('product_imports')
    .set({
      status: 'applying',
      done: 500,
      leased_until: new Date(Date.now() - 1),
      file: Buffer.from(['sku,name,category,price', ...rows].join('\n')),
    })
    .where('id', '=', body.id)
    .execute();
  expect(await untilOver(body.id)).toMatchObject({ status: 'done', done: 1_200, result: { unchanged: 700 } });
});

test('a file that can not be read is refused with the line, and with the encoding that it may be in', async () => {
  expect((await send('name,price\nx,1\n')).body).toMatchObject({
    status: 400,
    type: expect.stringContaining('unreadable-file'),
    line: 1,
  });
  const latin = Buffer.from('sku,name,category,price\nC-1,Crème brûlée,Kitchen,10\n', 'latin1');
  const post = (query: string) =>
    fetch(`${service.url}/api/v1/product-imports/${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.staff}`, 'content-type': 'text/csv' },
      body: latin,
    });
  const refused = await (await post('')).json();
  expect(refused).toMatchObject({ status: 400, line: 2, suggested_encoding: 'windows-1252' });
  expect((await post('?encoding=windows-1252')).status).toBe(201);
  expect((await post('?encoding=klingon')).status).toBe(400);
  expect((await service.request('POST', '/api/v1/product-imports/', { token: shop.staff, body: {} })).status).toBe(415);
});

test('a file over 20 MiB is refused, as a body and in a form', async () => {
  const large = Buffer.alloc(20 * 1024 * 1024 + 1, 'x');
  const form = new FormData();
  form.set('file', new Blob([large]), 'large.csv');
  const authorization = `Bearer ${shop.staff}`;
  const url = `${service.url}/api/v1/product-imports/`;
  const bare = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv' },
    body: large,
  });
  const formed = await fetch(url, { method: 'POST', headers: { authorization }, body: form });
  expect([bare.status, formed.status]).toEqual([413, 413]);
});
