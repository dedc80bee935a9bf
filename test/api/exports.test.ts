// Owns the facts about files of orders, products and customers: whole, as their lists find them, and harmless to open.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCsv } from '../../src/files/csv.ts';
import { readProductFile } from '../../src/imports/product-file.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ environment: { TIME_ZONE: 'Africa/Nairobi' }, worker: false });
  shop = await openShop(service);
});
afterAll(() => service.stop());

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}

/** The records below the heading, as objects. */
async function recordsOf(path: string): Promise<Record<string, string>[]> {
  const { status, headers, body } = await service.request('GET', path, { token: shop.staff });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="\w+-\d{4}-\d\d-\d\d\.csv"$/);
  const records: string[][] = [];
  for await (const { fields } of readCsv(bytesOf(String(body)))) records.push(fields);
  const [head = [], ...rest] = records;
  return rest.map((fields) =>
    Object.fromEntries(head.map((name, index) => [name.replace(/^\ufeff/, ''), fields[index] ?? ''])),
  );
}

test('orders are there with what they come to, or line by line, at the time of the shop', async () => {
  const mug = await shop.makeProduct({ name: '=1+1, mug', sku: 'MUG', price: 200 });
  const pot = await shop.makeProduct({ name: 'Pot', price: 1500.5 });
  const placed = await shop.place(await service.tokenFor('wanjiku'), [
    [mug.id, 2],
    [pot.id, 1],
  ]);
  const other = await shop.place(await service.tokenFor('otieno'), [[pot.id, 1]]);
  await service.request('DELETE', `/api/v1/orders/${other.body.id}/`, { token: shop.staff });
  const [order, ...none] = await recordsOf('/api/v1/orders/export/?status=pending');
  expect(none).toEqual([]);
  expect(order).toMatchObject({
    code: placed.body.code,
    items: '3',
    total: '1900.5',
    currency: 'KES',
    phone: '+254712345678',
  });
  expect(order?.['placed_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00$/);
  expect(Date.parse(order?.['placed_at'] ?? '')).toBe(Math.floor(Date.parse(placed.body.created_at) / 1_000) * 1_000);
  expect(await recordsOf('/api/v1/orders/export/?status=pending&lines=true')).toMatchObject([
    { code: placed.body.code, line: '1', sku: 'MUG', product: "'=1+1, mug", quantity: '2', price: '200', total: '400' },
    { code: placed.body.code, line: '2', sku: '', product: 'Pot', quantity: '1', total: '1500.5' },
  ]);
  expect(await recordsOf('/api/v1/orders/export/')).toHaveLength(2);
});

test('a file of products can be brought in as it is, however many there are', async () => {
  await service.request('POST', '/api/v1/categories/', {
    token: shop.staff,
    body: { title: 'Mugs', parent: shop.category },
  });
  const { body: tree } = await service.request('GET', '/api/v1/categories/?limit=200');
  const mugs = tree.find(({ title }: { title: string }) => title === 'Mugs').id;
  const bodies = Array.from({ length: 520 }, (_, number) => ({
    name: `Mug, "${number}"`,
    sku: `M-${number}`,
    price: number + 0.25,
    stock: number,
    description: 'two\nlines',
    category: mugs,
  }));
  for (let at = 0; at < bodies.length; at += 40) {
    await Promise.all(bodies.slice(at, at + 40).map((body) => shop.makeProduct(body)));
  }
  const { body: text } = await service.request('GET', `/api/v1/products/export/?category_id=${mugs}`, {
    token: shop.staff,
  });
  const rows = [];
  for await (const row of readProductFile({ bytes: bytesOf(String(text)), encoding: undefined }, 'KES')) rows.push(row);
  expect(rows).toHaveLength(520);
  expect(new Set(rows.map((row) => ('row' in row ? row.row.sku : 'refused')))).toHaveLength(520);
  expect(rows.find((row) => 'row' in row && row.row.sku === 'M-7')).toMatchObject({
    row: {
      name: 'Mug, "7"',
      category: ['Household', 'Mugs'],
      priceMinor: 725,
      stock: 7,
      stockWas: 7,
      description: 'two\nlines',
    },
  });
});

test('customers are found as their list finds them', async () => {
  await service.request('PATCH', '/api/v1/customers/me/', {
    token: await service.tokenFor('amina'),
    body: { address: '-2+3' },
  });
  expect(await recordsOf('/api/v1/customers/export/?search=amina')).toMatchObject([{ address: "'-2+3" }]);
});

test('a filter that is none is refused before a file begins', async () => {
  const { status, body } = await service.request('GET', '/api/v1/orders/export/?status=lost', { token: shop.staff });
  expect([status, body.type]).toEqual([400, expect.stringContaining('invalid-request')]);
  const head = await service.request('HEAD', '/api/v1/orders/export/', { token: shop.staff });
  // Nobody makes a whole file to throw it away.
  expect(head.status).toBe(400);
});
