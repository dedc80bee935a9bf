// Owns the facts about the ledger as staff see it: finding messages, sending them again, cancelling, and what needs somebody.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

interface MessageJson {
  id: string;
  kind: string;
  channel: string;
  status: string;
  recipient: string;
  created_at: string;
}

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

afterEach(async () => {
  await service.request('DELETE', '/sandbox/faults');
  await channel('sms', 'resume');
});
afterAll(() => service.stop());

const nextPhone = () => `+2547002${String(10_000 + phones++)}`;
const get = (path: string) => service.request('GET', `/api/v1/messages/${path}`, { token: shop.staff });
const list = async (query: string): Promise<MessageJson[]> => {
  const answer = await get(query);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const act = (id: string, action: string, body: object = {}): Promise<Answer> =>
  service.request('POST', `/api/v1/messages/${id}/${action}/`, { token: shop.staff, body });
const channel = (name: string, action: string, body?: object): Promise<Answer> =>
  service.request('POST', `/api/v1/channels/${name}/${action}/`, { token: shop.staff, ...(body && { body }) });
const fault = (sms: object) => service.request('POST', '/sandbox/faults', { body: { sms } });

async function textsTo(phone: string): Promise<string[]> {
  const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
  return body.map((message: { text: string }) => message.text);
}

/** Places an order and waits until its SMS stands as it should. */
async function smsOf(
  status: RegExp,
  phone = nextPhone(),
): Promise<{ order: string; code: string; id: string; phone: string }> {
  const { body } = await shop.place(customer, [[product, 1]], { phone });
  const sms = await eventually(`an SMS that is ${status}`, async () => {
    const [found] = await list(`?order=${body.id}&channel=sms`);
    return found && status.test(found.status) && found;
  });
  return { order: body.id, code: body.code, id: sms.id, phone };
}

const failedSms = async () => {
  await fault({ status_code: 403, times: 1 });
  return smsOf(/failed/);
};

describe('finding messages', () => {
  test('by order, code, phone, channel, kind, status and day', async () => {
    const { order, code, id, phone } = await smsOf(/sent|delivered/);
    await service.request('PATCH', `/api/v1/orders/${order}/`, { token: shop.staff, body: { status: 'confirmed' } });
    const kinds = async (query: string) => (await list(query)).map((message) => message.kind);
    await eventually('three messages', async () => (await kinds(`?order=${order}`)).length === 3);
    expect(await kinds(`?order=${order}`)).toEqual(['order-confirmed', 'new-order', 'order-pending']);
    expect(await kinds(`?code=${code.toLowerCase()}`)).toHaveLength(3);
    expect(await kinds(`?order=${order}&channel=email`)).toEqual(['new-order']);
    expect(await kinds(`?order=${order}&kind=order-pending`)).toEqual(['order-pending']);
    // Not the e-mail, which went to somebody else; and as a person writes it.
    expect(await kinds(`?phone=${encodeURIComponent(phone)}`)).toEqual(['order-confirmed', 'order-pending']);
    expect(await kinds(`?phone=0${phone.slice(4)}`)).toHaveLength(2);
    expect(await kinds(`?order=${order}&status=failed`)).toEqual([]);
    expect(await kinds(`?order=0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11`)).toEqual([]);
    expect(await kinds(`?code=${code}&order=0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11`)).toEqual([]);

    const { created_at: at } = (await get(`${id}/`)).body;
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Africa/Nairobi' }).format(new Date(at));
    expect(await kinds(`?day=${day}&order=${order}`)).toHaveLength(3);
    expect(await kinds(`?day=2020-01-01`)).toEqual([]);
    expect(await kinds(`?created_before=${at}&order=${order}`)).toEqual([]);
    expect((await list(`?created_after=${at}`)).map((message) => message.id)).toContain(id);
  });

  test('page by page gives each once, newest first', async () => {
    for (let index = 0; index < 4; index += 1) await smsOf(/sent|delivered/);
    const whole = await list('?limit=200');
    const seen: string[] = [];
    let path = '/api/v1/messages/?limit=3';
    while (path !== '') {
      const page = await service.request('GET', path, { token: shop.staff });
      seen.push(...page.body.map((message: MessageJson) => message.id));
      const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      path = next === undefined ? '' : new URL(next).pathname + new URL(next).search;
    }
    expect(seen).toEqual(whole.map((message) => message.id));
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  test('one shows its attempts, what each cost and what the provider said', async () => {
    await fault({ status_code: 500, times: 1 });
    const { id, code, phone } = await smsOf(/sent|delivered/);
    const { body } = await get(`${id}/`);
    expect(body).toMatchObject({
      order_code: code,
      recipient: phone,
      attempt_count: 2,
      failure: null,
      needs_attention: false,
    });
    expect(body.text).toContain(code);
    expect(body.attempts).toMatchObject([
      { attempt: 1, outcome: 'retry', cost: null },
      {
        attempt: 2,
        outcome: 'accepted',
        cost: { amount: 0.8, currency: 'KES' },
        provider_id: expect.stringMatching(/^AT/),
      },
    ]);
  });

  test.each([
    ['status=lost', '?status'],
    ['channel=pigeon', '?channel'],
    ['kind=Order', '?kind'],
    ['phone=hello', '?phone'],
    ['day=2026-02-30', '?day'],
    ['created_after=yesterday', '?created_after'],
    ['order=42', '?order'],
    ['needs_attention=maybe', '?needs_attention'],
    ['limit=201', '?limit'],
    ['cursor=nonsense', '?cursor'],
    ['colour=red', '?colour'],
  ])('by %s is refused', async (query, pointer) => {
    const answer = await get(`?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  test('one that is not there is 404', async () => {
    expect((await get('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11/')).status).toBe(404);
    for (const action of ['resend', 'cancel', 'acknowledge']) {
      expect((await act('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11', action)).status).toBe(404);
    }
  });
});

describe('sending again', () => {
  test('many times at once makes one copy, and the failed message stays as it was', async () => {
    const { id, phone, order } = await failedSms();
    const answers = await Promise.all(Array.from({ length: 8 }, () => act(id, 'resend', { note: 'right number?' })));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(7);
    const copies = new Set(answers.map((answer) => answer.body.id));
    expect(copies.size).toBe(1);
    const [copy = ''] = copies;
    await eventually('the SMS', async () => (await textsTo(phone)).length === 1);
    await eventually('the copy has gone out', async () => /sent|delivered/.test((await get(`${copy}/`)).body.status));
    const { body: original } = await get(`${id}/`);
    expect(original).toMatchObject({ status: 'failed', copied_as: copy, needs_attention: false, attempt_count: 1 });
    const me = (await service.request('GET', '/api/v1/customers/me/', { token: shop.staff })).body.user;
    const action = { action: 'resent', user: me, note: 'right number?', message: id, new_message: copy };
    expect(original.actions).toMatchObject([action]);
    expect((await get(`${copy}/`)).body).toMatchObject({ copy_of: id, text: original.text, actions: [action] });
    expect(await list(`?order=${order}&channel=sms`)).toHaveLength(2);
    expect(await textsTo(phone)).toHaveLength(1);
  });

  test('what was sent is sent once more, and the copy can be sent again in its turn', async () => {
    const { id, phone } = await smsOf(/sent|delivered/);
    const first = await act(id, 'resend');
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/api/v1/messages/${first.body.id}/`);
    await eventually('the copy', async () => /sent|delivered/.test((await get(`${first.body.id}/`)).body.status));
    const second = await act(first.body.id, 'resend');
    expect(second.status).toBe(201);
    await eventually('three SMS', async () => (await textsTo(phone)).length === 3);
    expect(new Set(await textsTo(phone)).size).toBe(1);
    expect((await act(id, 'resend')).body.id).toBe(first.body.id);
  });

  test('what is queued or being sent is refused', async () => {
    await channel('sms', 'pause', { reason: 'a test' });
    const { id } = await smsOf(/queued/);
    const queued = await act(id, 'resend');
    expect(queued.status).toBe(409);
    expect(queued.body).toMatchObject({
      current_status: 'queued',
      type: expect.stringContaining('illegal-message-change'),
    });
    await fault({ delay_ms: 1_500, times: 1 });
    await channel('sms', 'resume');
    await eventually('sending', async () => (await get(`${id}/`)).body.status === 'sending');
    expect((await act(id, 'resend')).body).toMatchObject({ status: 409, current_status: 'sending' });
  });

  test('to a number that wants no SMS is refused', async () => {
    const { id, phone } = await smsOf(/sent|delivered/);
    await sql`insert into opt_outs values (${phone}, 'staff', now())`.execute(service.db);
    const answer = await act(id, 'resend');
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('wants no SMS');
  });

  test('a digest takes with it what it tells of, which cannot be sent again by itself', async () => {
    const digest = service.newId(new Date());
    const part = service.newId(new Date());
    const { order } = await smsOf(/sent|delivered/);
    await sql`
      insert into messages (id, channel, order_id, kind, recipient, status, failure, digest_id, due_at, created_at, updated_at)
      values (${digest}, 'email', null, 'order-digest', 'x@agizo.test', 'failed', 'SMTP 550', null, now(), now(), now()),
        (${part}, 'email', ${order}, 'new-order', 'x@agizo.test', 'failed', 'SMTP 550', ${digest}, now(), now(), now())`.execute(
      service.db,
    );
    expect((await list('?needs_attention=true')).map((message) => message.id)).not.toContain(part);
    expect((await act(part, 'resend')).body.detail).toContain(digest);
    const copy = await act(digest, 'resend');
    expect(copy.status).toBe(201);
    expect((await get(`${part}/`)).body.digest).toBe(copy.body.id);
  });
});

describe('cancelling', () => {
  test('what is queued never goes out, and says who cancelled it', async () => {
    await channel('sms', 'pause', { reason: 'a test' });
    const { id, phone } = await smsOf(/queued/);
    const cancelled = await act(id, 'cancel', { note: 'she rang' });
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      failure: 'she rang',
      actions: [{ action: 'cancelled' }],
    });
    expect((await act(id, 'cancel')).body.actions).toHaveLength(1);
    await channel('sms', 'resume');
    const after = await smsOf(/sent|delivered/);
    expect(await textsTo(after.phone)).toHaveLength(1);
    expect(await textsTo(phone)).toEqual([]);
    expect((await list('?status=cancelled')).map((message) => message.id)).toContain(id);
    expect((await act(id, 'resend')).status).toBe(201);
    await eventually('the SMS after all', async () => (await textsTo(phone)).length === 1);
  });

  test('what a worker has taken is on its way', async () => {
    await fault({ delay_ms: 1_500, times: 1 });
    const { id, phone } = await smsOf(/sending/);
    expect((await act(id, 'cancel')).body).toMatchObject({ status: 409, current_status: 'sending' });
    await eventually('the SMS', async () => (await textsTo(phone)).length === 1);
    await eventually('sent', async () => /sent|delivered/.test((await get(`${id}/`)).body.status));
    expect((await act(id, 'cancel')).status).toBe(409);
  });

  test('against a worker that takes it: sent or cancelled, never both', async () => {
    await channel('sms', 'pause', { reason: 'a test' });
    const queued = await Promise.all(Array.from({ length: 12 }, () => smsOf(/queued/)));
    const resuming = channel('sms', 'resume');
    const answers = await Promise.all(queued.map(({ id }) => act(id, 'cancel')));
    await resuming;
    for (const [index, { id, phone }] of queued.entries()) {
      const isCancelled = answers[index]?.status === 200;
      const expected = isCancelled ? /^cancelled$/ : /^(sent|delivered)$/;
      await eventually('its end', async () => expected.test((await get(`${id}/`)).body.status));
      expect(await textsTo(phone)).toHaveLength(isCancelled ? 0 : 1);
    }
  });
});

describe('what failed for good', () => {
  test('waits for somebody until it is taken note of', async () => {
    const { id } = await failedSms();
    const waiting = async () => (await list('?needs_attention=true')).map((message) => message.id);
    expect(await waiting()).toContain(id);
    expect((await list('?needs_attention=false&status=failed')).map((message) => message.id)).not.toContain(id);
    const { body } = await act(id, 'acknowledge', { note: 'wrong number, told her' });
    expect(body).toMatchObject({ status: 'failed', needs_attention: false, acknowledged_at: expect.any(String) });
    expect(body.actions).toMatchObject([{ action: 'acknowledged', note: 'wrong number, told her' }]);
    expect(await waiting()).not.toContain(id);
    expect((await list('?status=failed')).map((message) => message.id)).toContain(id);
    expect((await act(id, 'acknowledge')).body.actions).toHaveLength(1);
  });

  test('is all that can be taken note of', async () => {
    const { id } = await smsOf(/sent|delivered/);
    expect((await act(id, 'acknowledge')).status).toBe(409);
  });
});

test.each<[action: string, body: object, pointer: string]>([
  ['resend', { note: 'x'.repeat(501) }, '/note'],
  ['cancel', { because: 'x' }, '/because'],
  ['acknowledge', { note: 5 }, '/note'],
])('%s with %j is refused', async (action, body, pointer) => {
  const answer = await act('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11', action, body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe(pointer);
});
