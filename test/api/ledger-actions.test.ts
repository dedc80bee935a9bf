// Owns the facts about what staff do to messages in the ledger: sending again, cancelling, taking note of what failed.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Ledger, openLedger } from '../support/ledger.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let ledger: Ledger;

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  ledger = await openLedger(service, shop);
});

afterEach(async () => {
  await service.request('DELETE', '/sandbox/faults');
  await ledger.channel('sms', 'resume');
});
afterAll(() => service.stop());

describe('sending again', () => {
  test('many times at once makes one copy, and the failed message stays as it was', async () => {
    const { id, phone, order } = await ledger.failedSms();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ledger.act(id, 'resend', { note: 'right number?' })),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(7);
    const copies = new Set(answers.map((answer) => answer.body.id));
    expect(copies.size).toBe(1);
    const [copy = ''] = copies;
    await eventually('the SMS', async () => (await ledger.textsTo(phone)).length === 1);
    await eventually('the copy has gone out', async () =>
      /sent|delivered/.test((await ledger.get(`${copy}/`)).body.status),
    );
    const { body: original } = await ledger.get(`${id}/`);
    expect(original).toMatchObject({ status: 'failed', copied_as: copy, needs_attention: false, attempt_count: 1 });
    const me = (await service.request('GET', '/api/v1/customers/me/', { token: shop.staff })).body.user;
    const action = { action: 'resent', user: me, note: 'right number?', message: id, new_message: copy };
    expect(original.actions).toMatchObject([action]);
    expect((await ledger.get(`${copy}/`)).body).toMatchObject({ copy_of: id, text: original.text, actions: [action] });
    expect(await ledger.list(`?order=${order}&channel=sms`)).toHaveLength(2);
    expect(await ledger.textsTo(phone)).toHaveLength(1);
  });

  test('what was sent is sent once more, and the copy can be sent again in its turn', async () => {
    const { id, phone } = await ledger.smsOf(/sent|delivered/);
    const first = await ledger.act(id, 'resend');
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/api/v1/messages/${first.body.id}/`);
    await eventually('the copy', async () =>
      /sent|delivered/.test((await ledger.get(`${first.body.id}/`)).body.status),
    );
    const second = await ledger.act(first.body.id, 'resend');
    expect(second.status).toBe(201);
    await eventually('three SMS', async () => (await ledger.textsTo(phone)).length === 3);
    expect(new Set(await ledger.textsTo(phone)).size).toBe(1);
    expect((await ledger.act(id, 'resend')).body.id).toBe(first.body.id);
  });

  test('what is queued or being sent is refused', async () => {
    await ledger.channel('sms', 'pause', { reason: 'a test' });
    const { id } = await ledger.smsOf(/queued/);
    const queued = await ledger.act(id, 'resend');
    expect(queued.status).toBe(409);
    expect(queued.body).toMatchObject({
      current_status: 'queued',
      type: expect.stringContaining('illegal-message-change'),
    });
    await ledger.fault({ delay_ms: 1_500, times: 1 });
    await ledger.channel('sms', 'resume');
    await eventually('sending', async () => (await ledger.get(`${id}/`)).body.status === 'sending');
    expect((await ledger.act(id, 'resend')).body).toMatchObject({ status: 409, current_status: 'sending' });
  });

  test('to a number that wants no SMS is refused', async () => {
    const { id, phone } = await ledger.smsOf(/sent|delivered/);
    await sql`insert into opt_outs values (${phone}, 'staff', now())`.execute(service.db);
    const answer = await ledger.act(id, 'resend');
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('wants no SMS');
  });

  test('a digest takes with it what it tells of, which cannot be sent again by itself', async () => {
    const digest = service.newId(new Date());
    const part = service.newId(new Date());
    const { order } = await ledger.smsOf(/sent|delivered/);
    await sql`
      insert into messages (id, channel, order_id, kind, recipient, status, failure, digest_id, due_at, created_at, updated_at)
      values (${digest}, 'email', null, 'order-digest', 'x@agizo.test', 'failed', 'SMTP 550', null, now(), now(), now()),
        (${part}, 'email', ${order}, 'new-order', 'x@agizo.test', 'failed', 'SMTP 550', ${digest}, now(), now(), now())`.execute(
      service.db,
    );
    expect((await ledger.list('?needs_attention=true')).map((message) => message.id)).not.toContain(part);
    expect((await ledger.act(part, 'resend')).body.detail).toContain(digest);
    const copy = await ledger.act(digest, 'resend');
    expect(copy.status).toBe(201);
    expect((await ledger.get(`${part}/`)).body.digest).toBe(copy.body.id);
  });
});

describe('cancelling', () => {
  test('what is queued never goes out, and says who cancelled it', async () => {
    await ledger.channel('sms', 'pause', { reason: 'a test' });
    const { id, phone } = await ledger.smsOf(/queued/);
    const cancelled = await ledger.act(id, 'cancel', { note: 'she rang' });
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      failure: 'she rang',
      actions: [{ action: 'cancelled' }],
    });
    expect((await ledger.act(id, 'cancel')).body.actions).toHaveLength(1);
    await ledger.channel('sms', 'resume');
    const after = await ledger.smsOf(/sent|delivered/);
    expect(await ledger.textsTo(after.phone)).toHaveLength(1);
    expect(await ledger.textsTo(phone)).toEqual([]);
    expect((await ledger.list('?status=cancelled')).map((message) => message.id)).toContain(id);
    expect((await ledger.act(id, 'resend')).status).toBe(201);
    await eventually('the SMS after all', async () => (await ledger.textsTo(phone)).length === 1);
  });

  test('what a worker has taken is on its way', async () => {
    await ledger.fault({ delay_ms: 1_500, times: 1 });
    const { id, phone } = await ledger.smsOf(/sending/);
    expect((await ledger.act(id, 'cancel')).body).toMatchObject({ status: 409, current_status: 'sending' });
    await eventually('the SMS', async () => (await ledger.textsTo(phone)).length === 1);
    await eventually('sent', async () => /sent|delivered/.test((await ledger.get(`${id}/`)).body.status));
    expect((await ledger.act(id, 'cancel')).status).toBe(409);
  });

  test('against a worker that takes it: sent or cancelled, never both', async () => {
    await ledger.channel('sms', 'pause', { reason: 'a test' });
    const queued = await Promise.all(Array.from({ length: 12 }, () => ledger.smsOf(/queued/)));
    const resuming = ledger.channel('sms', 'resume');
    const answers = await Promise.all(queued.map(({ id }) => ledger.act(id, 'cancel')));
    await resuming;
    for (const [index, { id, phone }] of queued.entries()) {
      const isCancelled = answers[index]?.status === 200;
      const expected = isCancelled ? /^cancelled$/ : /^(sent|delivered)$/;
      await eventually('its end', async () => expected.test((await ledger.get(`${id}/`)).body.status));
      expect(await ledger.textsTo(phone)).toHaveLength(isCancelled ? 0 : 1);
    }
  });
});

describe('what failed for good', () => {
  test('waits for somebody until it is taken note of', async () => {
    const { id } = await ledger.failedSms();
    const waiting = async () => (await ledger.list('?needs_attention=true')).map((message) => message.id);
    expect(await waiting()).toContain(id);
    expect((await ledger.list('?needs_attention=false&status=failed')).map((message) => message.id)).not.toContain(id);
    const { body } = await ledger.act(id, 'acknowledge', { note: 'wrong number, told her' });
    expect(body).toMatchObject({ status: 'failed', needs_attention: false, acknowledged_at: expect.any(String) });
    expect(body.actions).toMatchObject([{ action: 'acknowledged', note: 'wrong number, told her' }]);
    expect(await waiting()).not.toContain(id);
    expect((await ledger.list('?status=failed')).map((message) => message.id)).toContain(id);
    expect((await ledger.act(id, 'acknowledge')).body.actions).toHaveLength(1);
  });

  test('is all that can be taken note of', async () => {
    const { id } = await ledger.smsOf(/sent|delivered/);
    expect((await ledger.act(id, 'acknowledge')).status).toBe(409);
  });
});

test.each<[action: string, body: object, pointer: string]>([
  ['resend', { note: 'x'.repeat(501) }, '/note'],
  ['cancel', { because: 'x' }, '/because'],
  ['acknowledge', { note: 5 }, '/note'],
])('%s with %j is refused', async (action, body, pointer) => {
  const answer = await ledger.act('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11', action, body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe(pointer);
});
