// Owns the facts about channels and the ledger's sums: pausing and resuming, what messages cost, what is still to be sent.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBacklog } from '../../src/messages/backlog-store.ts';
import { costOfOrder, listCosts } from '../../src/messages/cost-store.ts';
import { listChannels } from '../../src/sending/channel-store.ts';
import { pauseBySystem } from '../../src/sending/pause-channel.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterAll(() => service.stop());

const nextPhone = createPhones();

/** The provider's report may have come already. */
const isSent = (status: string | undefined): boolean => status === 'sent' || status === 'delivered';

async function statusOf(order: string, channel: string): Promise<string | undefined> {
  const { rows } = await sql<{ status: string }>`
    select status from messages where order_id = ${order} and channel = ${channel}`.execute(service.db);
  return rows[0]?.status;
}

const place = async () => (await shop.place(customer, [[product, 1]], { phone: nextPhone() })).body.id as string;

async function channelDoes(channel: string, action: 'pause' | 'resume', body?: { reason: string }): Promise<void> {
  const answer = await service.request('POST', `/api/v1/channels/${channel}/${action}/`, { token: shop.staff, body });
  expect(answer.status).toBe(200);
}

test('nothing of a paused channel is sent, the other goes on, and after resuming it is sent', async () => {
  await channelDoes('sms', 'pause', { reason: 'The texts are wrong' });
  const order = await place();
  await eventually('the e-mail', async () => (await statusOf(order, 'email')) === 'sent');
  expect(await statusOf(order, 'sms')).toBe('queued');
  const [waiting] = await listBacklog(service.db);
  expect(waiting).toMatchObject({ channel: 'sms', status: 'queued', heldFor: null, count: 1 });
  expect(waiting?.oldestCreatedAt).toBeInstanceOf(Date);
  await channelDoes('sms', 'resume');
  await eventually('the SMS', async () => isSent(await statusOf(order, 'sms')));
  expect(await listBacklog(service.db)).toEqual([]);
});

test('the system leaves a pause as it is, and staff replace it', async () => {
  const at = new Date('2026-11-26T08:00:00Z');
  const until = new Date('2026-11-26T08:10:00Z');
  const pause = (reason: string) =>
    service.db.transaction().execute((trx) => pauseBySystem(trx, { channel: 'email', reason, until }, at));
  expect(await pause('first')).toBe(true);
  expect(await pause('second')).toBe(false);
  expect((await listChannels(service.db))[1]).toEqual({
    channel: 'email',
    pause: { at, until, reason: 'first', by: 'system' },
  });
  await channelDoes('email', 'pause', { reason: 'third' });
  expect(await pause('fourth')).toBe(false);
  expect((await listChannels(service.db))[1]?.pause).toEqual({ at, until: null, reason: 'third', by: 'staff' });
  await channelDoes('email', 'resume');
  await channelDoes('email', 'resume');
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
