// Owns the facts about channels and the ledger's sums: pausing and resuming, what messages cost, what is still to be sent.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBacklog } from '../../src/notifications/backlog-store.ts';
import { listChannels } from '../../src/notifications/channel-store.ts';
import { costOfOrder, listCosts } from '../../src/notifications/cost-store.ts';
import { pauseChannel, resumeChannel } from '../../src/notifications/pause-channel.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let phones = 0;

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterAll(() => service.stop());

const nextPhone = () => `+2547001${String(10_000 + phones++)}`;

/** The provider's report may have come already. */
const isSent = (status: string | undefined): boolean => status === 'sent' || status === 'delivered';

async function statusOf(order: string, channel: string): Promise<string | undefined> {
  const { rows } = await sql<{ status: string }>`
    select status from messages where order_id = ${order} and channel = ${channel}`.execute(service.db);
  return rows[0]?.status;
}

const place = async () => (await shop.place(customer, [[product, 1]], { phone: nextPhone() })).body.id as string;

test('nothing of a paused channel is sent, the other goes on, and after resuming it is sent', async () => {
  const request = { channel: 'sms', reason: 'The texts are wrong', by: 'staff', until: null } as const;
  await pauseChannel(service.db, request, new Date());
  const order = await place();
  await eventually('the e-mail', async () => (await statusOf(order, 'email')) === 'sent');
  expect(await statusOf(order, 'sms')).toBe('queued');
  const [waiting] = await listBacklog(service.db);
  expect(waiting).toMatchObject({ channel: 'sms', status: 'queued', heldFor: null, count: 1 });
  expect(waiting?.oldestCreatedAt).toBeInstanceOf(Date);
  await resumeChannel(service.db, 'sms');
  await eventually('the SMS', async () => isSent(await statusOf(order, 'sms')));
  expect(await listBacklog(service.db)).toEqual([]);
});

test('the system leaves a pause as it is, and staff replace it', async () => {
  const at = new Date('2026-11-26T08:00:00Z');
  const until = new Date('2026-11-26T08:10:00Z');
  const pause = (by: 'staff' | 'system', reason: string) =>
    pauseChannel(service.db, { channel: 'email', reason, by, until: by === 'staff' ? null : until }, at);
  await pause('system', 'first');
  await pause('system', 'second');
  expect((await listChannels(service.db))[1]).toEqual({
    channel: 'email',
    pause: { at, until, reason: 'first', by: 'system' },
  });
  await pause('staff', 'third');
  await pause('system', 'fourth');
  expect((await listChannels(service.db))[1]?.pause).toEqual({ at, until: null, reason: 'third', by: 'staff' });
  await resumeChannel(service.db, 'email');
  await resumeChannel(service.db, 'email');
  expect((await listChannels(service.db)).map(({ pause: each }) => each)).toEqual([null, null]);
});

test('what the provider charged is summed by day and by order', async () => {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Africa/Nairobi' }).format(new Date());
  const spent = async () => (await listCosts(service.db, today, today))[0];
  const before = await spent();
  const orders = await Promise.all([place(), place(), place()]);
  for (const order of orders) await eventually('the SMS', async () => isSent(await statusOf(order, 'sms')));
  expect(await costOfOrder(service.db, orders[0] ?? '')).toEqual([{ currency: 'KES', amount: '0.8000', messages: 1 }]);
  expect(await spent()).toMatchObject({ day: today, channel: 'sms', currency: 'KES' });
  expect(Number((await spent())?.amount) - Number(before?.amount ?? 0)).toBeCloseTo(2.4);
  expect(((await spent())?.messages ?? 0) - (before?.messages ?? 0)).toBe(3);
  expect(await listCosts(service.db, '2020-01-01', '2020-12-31')).toEqual([]);
});
