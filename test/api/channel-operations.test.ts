// Owns the facts about what staff can do to channels over the API, and about what messages cost.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let place: () => Promise<string>;

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const product = (await shop.makeProduct()).id;
  place = async () => (await shop.place(customer, [[product, 1]], { phone: '+254700310000' })).body.id;
});

afterAll(() => service.stop());

const get = (path: string) => service.request('GET', `/api/v1/${path}`, { token: shop.staff });
const post = (path: string, body?: object) =>
  service.request('POST', `/api/v1/channels/${path}/`, { token: shop.staff, ...(body && { body }) });
const smsOf = async (order: string) => (await get(`messages/?order=${order}&channel=sms`)).body[0];

test('a paused channel says so, and what waits; resumed, it goes on', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const paused = await post('sms/pause', { reason: ' The text is wrong ', until });
  expect(paused.body).toMatchObject({
    channel: 'sms',
    paused: true,
    paused_until: until,
    reason: 'The text is wrong',
    paused_by: 'staff',
    queued: 0,
  });
  const order = await place();
  const sms = await eventually('one that waits', async () => {
    const { body } = await get('channels/');
    expect(body.map((each: { channel: string }) => each.channel)).toEqual(['sms', 'email']);
    return body[0].queued === 1 && body[0];
  });
  expect(sms).toMatchObject({ paused: true, oldest_queued_at: (await smsOf(order)).created_at });
  const resumed = await post('sms/resume');
  expect(resumed.body).toMatchObject({ paused: false, reason: null, paused_until: null, paused_by: null });
  await eventually('sent', async () => /sent|delivered/.test((await smsOf(order))?.status ?? ''));
  expect((await post('sms/resume')).status).toBe(200);
  const { rows } = await sql<{ action: string; note: string }>`
    select action, note from audit_trail where subject_type = 'channel' and subject_id = 'sms' order by id`.execute(
    service.db,
  );
  expect(rows).toEqual([
    { action: 'paused', note: 'The text is wrong' },
    { action: 'resumed', note: '' },
  ]);
});

test.each<[body: object, pointer: string]>([
  [{}, '/reason'],
  [{ reason: ' ' }, '/reason'],
  [{ reason: 'x'.repeat(301) }, '/reason'],
  [{ reason: 'x', until: '2020-01-01T00:00:00Z' }, '/until'],
  [{ reason: 'x', until: '2199-01-01T00:00:00Z' }, '/until'],
  [{ reason: 'x', until: 'tomorrow' }, '/until'],
  [{ reason: 'x', by: 'system' }, '/by'],
])('pausing with %j is refused', async (body, pointer) => {
  const answer = await post('sms/pause', body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe(pointer);
  expect((await get('channels/')).body[0].paused).toBe(false);
});

test('an unknown channel is refused', async () => {
  expect((await post('pigeon/pause', { reason: 'x' })).status).toBe(400);
});

test('costs are summed by the days of the shop, and for an order', async () => {
  const order = await place();
  await eventually('sent', async () => /sent|delivered/.test((await smsOf(order))?.status ?? ''));
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Africa/Nairobi' }).format(new Date());
  const { body } = await get('message-costs/');
  expect(body).toEqual([{ day: today, channel: 'sms', currency: 'KES', amount: expect.closeTo(1.6), messages: 2 }]);
  expect((await get(`message-costs/?from=${today}&to=${today}`)).body).toEqual(body);
  expect((await get('message-costs/?to=2020-01-31')).body).toEqual([]);
  expect((await get(`message-costs/orders/${order}/`)).body).toEqual([{ amount: 0.8, currency: 'KES', messages: 1 }]);
  expect((await get('message-costs/orders/0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11/')).status).toBe(404);
});

test.each([
  ['from=2026-02-02&to=2026-02-01', '?from'],
  ['from=2020-01-01&to=2026-02-01', '?from'],
  ['from=2026-02-30', '?from'],
  ['to=x', '?to'],
  ['day=2026-02-01', '?day'],
])('costs of %s are refused', async (query, pointer) => {
  const answer = await get(`message-costs/?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe(pointer);
});
