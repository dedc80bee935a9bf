// Owns the facts about messages: what is sent for an order, to whom, and what happens when sending fails.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;

beforeAll(async () => {
  service = await startService({ environment: { ADMIN_EMAILS: 'one@agizo.test, two@agizo.test' } });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct({ name: 'Mug <enamel>', price: 1250 })).id;
});

afterEach(() => service.request('DELETE', '/sandbox/faults'));
afterAll(() => service.stop());

const nextPhone = createPhones();

async function textsTo(phone: string): Promise<string[]> {
  const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
  return body.map((message: { text: string }) => message.text).toReversed();
}

async function ledgerOf(order: string) {
  const { rows } = await sql<{
    channel: string;
    status: string;
    attempts: number;
    ambiguous: boolean;
    outcomes: string[];
  }>`
    select channel, status, attempts, ambiguous,
      array(select coalesce(outcome, 'unknown') from message_attempts where message_id = messages.id order by attempt) as outcomes
    from messages where order_id = ${order} order by channel desc, kind`.execute(service.db);
  return rows;
}

test('the customer gets an SMS for each status, and each of the staff one e-mail for the new order', async () => {
  const phone = nextPhone();
  const order = (await shop.place(customer, [[product, 2]], { phone })).body;
  for (const [count, status] of ['confirmed', 'dispatched', 'completed'].entries()) {
    await eventually('the SMS before', async () => (await textsTo(phone)).length === count + 1);
    await service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body: { status } });
  }
  const texts = await eventually('four texts', async () => {
    const found = await textsTo(phone);
    return found.length === 4 && found;
  });
  expect(texts[0]).toContain(`${order.code}, total KES 2,500`);
  expect(texts.slice(1).map((text) => /confirmed|on its way|complete/.exec(text)?.[0])).toEqual([
    'confirmed',
    'on its way',
    'complete',
  ]);
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(160);
  for (const address of ['one@agizo.test', 'two@agizo.test']) {
    const emails = await eventually('the e-mail', async () => {
      const { body } = await service.request('GET', `/sandbox/emails?to=${address}`);
      return body.length > 0 && body;
    });
    expect(emails).toHaveLength(1);
    expect(emails[0].subject).toBe(`New order ${order.code}, KES 2,500`);
    expect(emails[0].text).toContain('2 × Mug <enamel>');
    expect(emails[0].html).toContain('Mug &lt;enamel&gt;');
  }
});

test('nothing is sent for an order that was refused', async () => {
  const phone = nextPhone();
  const scarce = await shop.makeProduct({ stock: 0 });
  expect((await shop.place(customer, [[scarce.id, 1]], { phone })).status).toBe(409);
  const after = nextPhone();
  await shop.place(customer, [[product, 1]], { phone: after });
  await eventually('the later order’s SMS', async () => (await textsTo(after)).length === 1);
  expect(await textsTo(phone)).toEqual([]);
});

test('a passing failure is tried again, and each attempt is in the ledger', async () => {
  const phone = nextPhone();
  await service.request('POST', '/sandbox/faults', { body: { sms: { status_code: 500, times: 1 } } });
  const order = (await shop.place(customer, [[product, 1]], { phone })).body;
  await eventually('the SMS', async () => (await textsTo(phone)).length === 1);
  const [sms] = await eventually('the ledger', async () => {
    const rows = await ledgerOf(order.id);
    return rows[0]?.status === 'delivered' && rows;
  });
  expect(sms).toMatchObject({ channel: 'sms', attempts: 2, outcomes: ['retry', 'accepted'], ambiguous: false });
});

test('a final failure is written down and not tried again', async () => {
  const phone = nextPhone();
  await service.request('POST', '/sandbox/faults', { body: { sms: { status_code: 403, times: 1 } } });
  const order = (await shop.place(customer, [[product, 1]], { phone })).body;
  const rows = await eventually('the failure', async () => {
    const found = await ledgerOf(order.id);
    return found[0]?.status === 'failed' && found;
  });
  expect(rows[0]).toMatchObject({ attempts: 1, outcomes: ['permanent'] });
});
