// Owns the facts about the ledger as staff see it: finding messages, and what one tells.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Ledger, type MessageJson, openLedger } from '../support/ledger.ts';
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

describe('finding messages', () => {
  test('by order, code, phone, channel, kind, status and day', async () => {
    const { order, code, id, phone } = await ledger.smsOf(/sent|delivered/);
    await service.request('PATCH', `/api/v1/orders/${order}/`, { token: shop.staff, body: { status: 'confirmed' } });
    const kinds = async (query: string) => (await ledger.list(query)).map((message) => message.kind);
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

    const { created_at: at } = (await ledger.get(`${id}/`)).body;
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Africa/Nairobi' }).format(new Date(at));
    expect(await kinds(`?day=${day}&order=${order}`)).toHaveLength(3);
    expect(await kinds(`?day=2020-01-01`)).toEqual([]);
    expect(await kinds(`?created_before=${at}&order=${order}`)).toEqual([]);
    expect((await ledger.list(`?created_after=${at}`)).map((message) => message.id)).toContain(id);
  });

  test('page by page gives each once, newest first', async () => {
    for (let index = 0; index < 4; index += 1) await ledger.smsOf(/sent|delivered/);
    const whole = await ledger.list('?limit=200');
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
    await ledger.fault({ status_code: 500, times: 1 });
    const { id, code, phone } = await ledger.smsOf(/sent|delivered/);
    const { body } = await ledger.get(`${id}/`);
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
    const answer = await ledger.get(`?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  test('one that is not there is 404', async () => {
    expect((await ledger.get('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11/')).status).toBe(404);
    for (const action of ['resend', 'cancel', 'acknowledge']) {
      expect((await ledger.act('0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11', action)).status).toBe(404);
    }
  });
});
