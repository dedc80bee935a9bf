// Owns the facts about an order's timeline: what was sent for each status, and who sees how much of it.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';

let issuer: TestIssuer;
let service: Service;
let customer: string;
let staff: string;
let product: string;

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({ environment: trusting(issuer) });
  customer = await issuer.sign({ sub: 'auth0|wanjiku' });
  staff = await issuer.sign({
    sub: 'auth0|boss',
    permissions: ['catalog:write', 'orders:read', 'orders:manage', 'notifications:read'],
  });
  const make = async (path: string, body: object): Promise<string> =>
    (await service.request('POST', path, { token: staff, body })).body.id;
  const category = await make('/api/v1/categories/', { title: 'Household' });
  product = await make('/api/v1/products/', { name: 'Mug', price: 1250, category });
});

afterEach(() => service.request('DELETE', '/sandbox/faults'));
afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

const nextPhone = createPhones();

async function place(phone = nextPhone()): Promise<string> {
  const body = { items: [{ product, quantity: 1 }], phone_number: phone };
  const answer = await service.request('POST', '/api/v1/orders/', { token: customer, body });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

interface Message {
  kind: string;
  channel: string;
  status: string;
}

const timeline = async (order: string, token: string) =>
  (await service.request('GET', `/api/v1/orders/${order}/?expand=events`, { token })).body.events;

/** The timeline once all of its messages have come to rest. */
const settled = (order: string, token: string, count: number) =>
  eventually('the messages have arrived', async () => {
    const events = await timeline(order, token);
    const messages: Message[] = events.flatMap((event: { messages: Message[] }) => event.messages);
    const resting = messages.filter(({ channel, status }) =>
      channel === 'email' ? status === 'sent' : ['delivered', 'failed', 'cancelled'].includes(status),
    );
    return resting.length === count && messages.length === count && events;
  });

test('the customer sees under each status that their SMS was delivered, and nothing else', async () => {
  const order = await place();
  await service.request('PATCH', `/api/v1/orders/${order}/`, { token: staff, body: { status: 'confirmed' } });
  const sms = (kind: string) => ({
    id: expect.any(String),
    kind,
    channel: 'sms',
    status: 'delivered',
    created_at: expect.any(String),
    updated_at: expect.any(String),
  });
  const [placed, confirmed] = await settled(order, customer, 2);
  expect(placed).toMatchObject({ kind: 'status', status: 'pending', version: 1, actor: 'customer', via: 'api' });
  expect(placed.messages).toEqual([sms('order-pending')]);
  expect(confirmed).toMatchObject({ kind: 'status', status: 'confirmed', version: 2, actor: 'staff', via: 'api' });
  expect(confirmed.messages).toEqual([sms('order-confirmed')]);
});

test('staff who may read notifications see each attempt, what it cost and what the provider said', async () => {
  await service.request('POST', '/sandbox/faults', { body: { sms: { status_code: 500, times: 1 } } });
  const phone = nextPhone();
  const order = await place(phone);
  const [placed] = await settled(order, staff, 2);
  const [sms, email] = placed.messages.toSorted((one: Message, other: Message) =>
    one.channel < other.channel ? 1 : -1,
  );
  expect(sms).toMatchObject({
    kind: 'order-pending',
    status: 'delivered',
    recipient: phone,
    text: expect.stringContaining('KES 1,250'),
    failure: null,
    ambiguous: false,
    cost: { amount: 0.8, currency: 'KES' },
    attempts: [
      { attempt: 1, outcome: 'retry', detail: '500 InternalServerError', provider_id: null, report: null, cost: null },
      {
        attempt: 2,
        outcome: 'accepted',
        provider_id: expect.stringMatching(/^ATPid_/),
        report: 'Success',
        reported_at: expect.stringMatching(/Z$/),
        cost: { amount: 0.8, currency: 'KES' },
      },
    ],
  });
  expect(email).toMatchObject({ kind: 'new-order', status: 'sent', recipient: 'staff@agizo.test', cost: null });
});

test('staff who may read orders alone see what the customer sees', async () => {
  const order = await place();
  await settled(order, staff, 2);
  const clerk = await issuer.sign({ sub: 'auth0|clerk', permissions: ['orders:read'] });
  expect(await timeline(order, clerk)).toEqual(await timeline(order, customer));
  expect(JSON.stringify(await timeline(order, clerk))).not.toContain('staff@agizo.test');
});

test('a message that was not delivered says why, to staff', async () => {
  const failed = { delivery_reports: { statuses: ['Sent', 'Failed'], failure_reason: 'UserInactive', times: 1 } };
  await service.request('POST', '/sandbox/faults', { body: failed });
  const order = await place();
  const [placed] = await settled(order, staff, 2);
  expect(placed.messages).toContainEqual(
    expect.objectContaining({ kind: 'order-pending', status: 'failed', failure: 'Failed: UserInactive' }),
  );
});

test('an answer to a text stands under the status that the order had then', async () => {
  const phone = nextPhone();
  const order = await place(phone);
  await service.request('PATCH', `/api/v1/orders/${order}/`, { token: staff, body: { status: 'confirmed' } });
  await service.request('POST', '/sandbox/messages', { body: { from: phone, text: 'STATUS' } });
  const [placed, confirmed] = await settled(order, customer, 3);
  expect(placed.messages.map((message: Message) => message.kind)).toEqual(['order-pending']);
  expect(confirmed.messages.map((message: Message) => message.kind).toSorted()).toEqual([
    'order-confirmed',
    'reply-status',
  ]);
});

test('without expand there is no timeline', async () => {
  const { body } = await service.request('GET', `/api/v1/orders/${await place()}/`, { token: customer });
  expect(body).not.toHaveProperty('events');
});
