// Owns the facts about reports: what was sold by hour, day, week and month, whatever of it has been added up before.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

/** Nairobi is three hours ahead: this is a Monday, half past nine there. */
const monday = Date.parse('2026-03-09T06:30:00Z');
const dayMs = 86_400_000;
let nowMs = monday;
let service: Service;
let shop: Shop;
let mug: string;
let pot: string;
const orders: string[] = [];

const get = async (path: string, headers?: Record<string, string>) =>
  service.request('GET', `/api/v1/reports/${path}`, {
    token: await service.tokenFor('staff'),
    ...(headers && { headers }),
  });
const report = async (path: string) => (await get(path)).body;
async function place(customer: string, product: string, quantity: number): Promise<string> {
  const { body, status } = await shop.place(await service.tokenFor(customer), [[product, quantity]]);
  expect(status).toBe(201);
  return body.id;
}
const cancel = async (id: string) =>
  service.request('DELETE', `/api/v1/orders/${id}/`, { token: await service.tokenFor('staff') });
const filledDays = async () =>
  (await service.db.selectFrom('sales_days').select('day').orderBy('day').execute()).map(({ day }) => day);

beforeAll(async () => {
  service = await startService({
    environment: { TIME_ZONE: 'Africa/Nairobi', LOW_STOCK: '3', WAITING_MINUTES: '30' },
    clock: () => new Date(nowMs),
  });
  shop = await openShop(service);
  mug = (await shop.makeProduct({ name: 'Mug', price: 200, stock: 10 })).id;
  pot = (await shop.makeProduct({ name: 'Pot', price: 1500 })).id;
  orders.push(await place('wanjiku', mug, 2));
  nowMs = monday + 40 * 60_000;
  orders.push(await place('otieno', pot, 1), await place('otieno', mug, 1));
  nowMs = monday + dayMs;
  orders.push(await place('wanjiku', mug, 4));
  nowMs = monday + 8 * dayMs;
});
afterAll(() => service.stop());

const empty = { orders: 0, cancelled: 0, revenue: 0, average_order: 0, items: 0, new_customers: 0 };
const first = {
  period: '2026-03-09',
  orders: 3,
  cancelled: 0,
  revenue: 2100,
  average_order: 700,
  items: 4,
  new_customers: 2,
};
const second = { ...empty, period: '2026-03-10', orders: 1, revenue: 800, average_order: 800, items: 4 };

test('each day has its sales, also the empty ones, before and after they are added up', async () => {
  const expected = [{ ...empty, period: '2026-03-08' }, first, second, { ...empty, period: '2026-03-11' }];
  expect(await report('sales/?from=2026-03-08&to=2026-03-11')).toEqual(expected);
  await eventually('the days are filled', async () => (await filledDays()).length === 8);
  expect(await report('sales/?from=2026-03-08&to=2026-03-11')).toEqual(expected);
});

test('hours begin as clocks in the shop show them, weeks on Mondays, months on the first', async () => {
  const hours = await report('sales/?from=2026-03-09&to=2026-03-09&by=hour');
  expect(hours).toHaveLength(24);
  expect(hours[0].period).toBe('2026-03-08T21:00:00.000Z');
  expect(hours.filter((hour: { orders: number }) => hour.orders > 0)).toMatchObject([
    { period: '2026-03-09T06:00:00.000Z', orders: 1, revenue: 400, new_customers: 1 },
    { period: '2026-03-09T07:00:00.000Z', orders: 2, revenue: 1700, new_customers: 1 },
  ]);
  const weeks = await report('sales/?from=2026-03-04&to=2026-03-17&by=week');
  expect(weeks.map(({ period, orders: placed }: { period: string; orders: number }) => [period, placed])).toEqual([
    ['2026-03-02', 0],
    ['2026-03-09', 4],
    ['2026-03-16', 0],
  ]);
  expect(await report('sales/?from=2026-02-01&to=2026-03-17&by=month')).toMatchObject([
    { period: '2026-02-01', orders: 0 },
    { period: '2026-03-01', orders: 4, revenue: 2900 },
  ]);
});

test('a period is set beside the one before', async () => {
  expect(await report('sales/?from=2026-03-10&to=2026-03-10&compare=previous')).toEqual([
    { ...second, previous: first },
  ]);
});

test('what is cancelled on a day that was added up is not revenue any more, at once', async () => {
  await eventually('the days are filled', async () => (await filledDays()).length === 8);
  expect((await cancel(orders[1] as string)).status).toBe(200);
  const after = { ...first, cancelled: 1, revenue: 600, average_order: 300, items: 3 };
  expect(await report('sales/?from=2026-03-09&to=2026-03-09')).toEqual([after]);
  nowMs += 2 * 60_000;
  await eventually('the day is filled again', async () => {
    const rows = await service.db
      .selectFrom('sales_hours')
      .select((eb) => eb.fn.sum<string>('cancelled').as('cancelled'))
      .executeTakeFirst();
    return Number(rows?.cancelled) === 1;
  });
  expect(await report('sales/?from=2026-03-09&to=2026-03-09')).toEqual([after]);
});

test('products and categories are told by what they brought or by how many were sold', async () => {
  await place('amina', pot, 2);
  const range = 'from=2026-03-09&to=2026-03-17';
  expect(await report(`products/?${range}`)).toEqual([
    { product: pot, name: 'Pot', quantity: 2, revenue: 3000, orders: 1 },
    { product: mug, name: 'Mug', quantity: 7, revenue: 1400, orders: 3 },
  ]);
  expect((await report(`products/?${range}&ordering=quantity`))[0].product).toBe(mug);
  expect(await report(`categories/?${range}`)).toEqual([
    { category: shop.category, name: 'Household', quantity: 9, revenue: 4400, orders: 4 },
  ]);
});

test('today stands beside the same hours of last week, with what waits for somebody', async () => {
  nowMs += 60 * 60_000;
  const { hours, ...today } = await report('today/');
  expect(hours).toHaveLength(24);
  expect(today).toMatchObject({
    day: '2026-03-17',
    orders: 1,
    revenue: 3000,
    last_week: { orders: 1, revenue: 800 },
    waiting: { orders: 4, minutes: 30, oldest_at: new Date(monday).toISOString() },
    failed_messages: 0,
    low_stock: { at: 3, products: 1, first: [{ product: mug, name: 'Mug', stock: 3 }] },
  });
  expect(today.by_status).toContainEqual({ status: 'pending', orders: 4 });
});

test('messages are told by day with what they cost', async () => {
  const rows = await eventually('some are sent', async () => {
    const { body } = await get('messages/?from=2026-03-09&to=2026-03-17');
    return body.some(({ sent }: { sent: number }) => sent > 0) && body;
  });
  expect(rows[0]).toMatchObject({ channel: expect.stringMatching(/sms|email/), failed: 0 });
});

test('spreadsheets get CSV, where a name that looks like a formula is none', async () => {
  const evil = await (await openShop(service)).makeProduct({ name: '=HYPERLINK("x"), Ltd', price: 5 });
  await place('amina', evil.id, 1);
  const { status, headers, body } = await get('products/?from=2026-03-17', { accept: 'text/csv' });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = String(body)
    .replace(/^\ufeff/, '')
    .split('\r\n');
  expect(lines[0]).toBe('product,name,quantity,revenue,orders');
  expect(lines).toContain(`${evil.id},"'=HYPERLINK(""x""), Ltd",1,5,1`);
});

test('days in the wrong order, or more than a report takes, are refused', async () => {
  for (const path of [
    'sales/?from=2026-03-10&to=2026-03-09',
    'sales/?from=2020-01-01&by=hour',
    'sales/?from=2026-01-01&to=2026-02-01&by=hour',
    'products/?from=2010-01-01',
  ]) {
    const { status, body } = await get(path);
    expect([path, status, body.errors?.[0].pointer]).toEqual([path, 400, '?from']);
  }
  expect((await get('sales/?from=2026-01-01&to=2026-01-31&by=hour')).status).toBe(200);
});
