// Owns the facts about what the log says of messages that fail for good: one line each, with what finds the message and no more.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { matchReports } from '../../src/messages/report-store.ts';
import { callBack } from '../support/callbacks.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
const log: string[] = [];
/** Noon in Nairobi, ten seconds into a minute. */
let skewMs = Date.parse('2026-11-26T09:00:10Z') - Date.now();

beforeAll(async () => {
  service = await startService({
    environment: { ADMIN_EMAILS: 'one@agizo.test', EMAILS_PER_MINUTE: '2' },
    clock: () => new Date(Date.now() + skewMs),
    log: { write: (line: string) => void log.push(line) },
  });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterEach(() => service.request('DELETE', '/sandbox/faults'));
afterAll(() => service.stop());

const faults = (body: unknown) => service.request('POST', '/sandbox/faults', { body });
const nextPhone = createPhones();
const place = async (phone: string): Promise<string> => (await shop.place(customer, [[product, 1]], { phone })).body.id;

interface Failure {
  level: number;
  msg: string;
  message_id: string;
  order_id: string | null;
  channel: string;
  reason: string;
}

const warn = 40;
const failures = (): Failure[] =>
  log.map((line) => JSON.parse(line) as Failure).filter(({ msg }) => msg === 'a message failed for good');
const messagesOf = async (query: string) =>
  (await service.request('GET', `/api/v1/messages/?${query}`, { token: shop.staff })).body;

test('an SMS that is refused for good is one line, without the number and the text; one that is tried again is none', async () => {
  const phone = nextPhone();
  await faults({ sms: { status_code: 500, times: 1 } });
  const retried = await place(nextPhone());
  await eventually(
    'it was tried',
    async () => (await messagesOf(`order=${retried}&channel=sms`))[0]?.attempt_count > 0,
  );
  await faults({ sms: { status_code: 403 } });
  const order = await place(phone);
  const line = await eventually('the line', () => failures().find(({ order_id }) => order_id === order));
  const [message] = await messagesOf(`order=${order}&channel=sms`);
  expect(message).toMatchObject({ status: 'failed' });
  expect(line).toMatchObject({ level: warn, message_id: message.id, channel: 'sms', reason: message.failure });
  expect(failures().map(({ order_id }) => order_id)).toEqual([order]);
  expect(log.join('')).not.toContain(phone.slice(1));
  expect(log.join('')).not.toContain(message.body);
});

test('a digest that is refused for good is one line, with how many messages share its fate', async () => {
  await faults({ mail: { recipients: ['one@agizo.test'], reply_code: 550 } });
  skewMs += 120_000;
  const orders = await Promise.all(Array.from({ length: 5 }, () => place(nextPhone())));
  await eventually('three wait', async () => {
    const waiting = await messagesOf('channel=email&status=queued');
    return waiting.length === 3 && waiting.every((each: { held_for: string | null }) => each.held_for === 'digest');
  });
  skewMs += 60_000;
  const line = await eventually('the line', () => failures().find((each) => 'messages' in each));
  expect(line).toMatchObject({ level: warn, order_id: null, channel: 'email', messages: 3 });
  expect(line.reason).toMatch(/550/);
  // Two went out before it: each has a line of its own.
  const single = failures().filter(({ order_id, channel }) => channel === 'email' && orders.includes(order_id ?? ''));
  expect(single).toHaveLength(2);
});

test('so is an SMS of which a report says so, also when it overtakes what it is about', async () => {
  const sent = async () => {
    await faults({ delivery_reports: { statuses: [], times: 1 } });
    const order = await place(nextPhone());
    return eventually('it is sent', async () => {
      const [message] = await messagesOf(`order=${order}&channel=sms&status=sent`);
      return message && (await service.request('GET', `/api/v1/messages/${message.id}/`, { token: shop.staff })).body;
    });
  };
  const reason = 'Failed: DeliveryFailure';
  const lineOf = (id: string) => failures().filter(({ message_id }) => message_id === id);

  const message = await sent();
  const report = { id: message.attempts[0].provider_id, status: 'Failed', failureReason: 'DeliveryFailure' };
  for (let times = 0; times < 2; times += 1) await callBack(service, 'delivery', report);
  const order_id = message.order;
  expect(lineOf(message.id)).toEqual([expect.objectContaining({ level: warn, channel: 'sms', order_id, reason })]);

  // A report that was kept aside: the same, when it is matched.
  const other = await sent();
  const aside = { ...report, id: 'ATPid_aside' };
  await callBack(service, 'delivery', aside);
  await service.db
    .updateTable('message_attempts')
    .set({ provider_id: aside.id })
    .where('message_id', '=', other.id)
    .execute();
  await eventually('it is matched', () => lineOf(other.id).length === 1);
  expect(await matchReports(service.db, new Date(), () => undefined)).toBe(false);
});
