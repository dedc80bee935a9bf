// Owns the facts about what staff see of customers' texts, and about opt-outs that they record and lift.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callBack } from '../support/callbacks.ts';
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
const get = (path: string) => service.request('GET', `/api/v1/${path}`, { token: shop.staff });
const place = async (phone: string) => (await shop.place(customer, [[product, 1]], { phone })).body;
const local = (phone: string) => phone.replace('+254', '0');
const smsOf = async (order: string) => (await get(`messages/?order=${order}&channel=sms`)).body[0];

async function text(phone: string, words: string): Promise<void> {
  const { status, body } = await service.request('POST', '/sandbox/messages', { body: { from: phone, text: words } });
  expect(status).toBe(201);
  await eventually('it is handled', async () => {
    const { rows } =
      await sql`select from incoming_messages where provider_id = ${body.id} and handled_at is not null`.execute(
        service.db,
      );
    return rows.length === 1;
  });
}

test('staff find what customers texted, what it was taken for, the order, and the answer', async () => {
  const phone = nextPhone();
  const order = await place(phone);
  for (const words of ['status', 'When does my parcel come, please?']) await text(phone, words);
  await text(nextPhone(), 'HELP');

  const { body } = await get(`incoming-messages/?phone=${local(phone)}`);
  expect(body).toHaveLength(2);
  const [unknown, status] = body;
  expect(unknown).toMatchObject({ sender: phone, recipient: '22384', command: 'unknown', order: null });
  expect(unknown.text).toBe('When does my parcel come, please?');
  expect(status).toMatchObject({ text: 'status', command: 'status', order: order.id, order_code: order.code });
  const answer = (await get(`messages/${status.answer}/`)).body;
  expect(answer).toMatchObject({ kind: 'reply-status', recipient: phone });
  expect(Date.parse(status.handled_at)).toBeGreaterThanOrEqual(Date.parse(status.received_at));

  const { body: notUnderstood } = await get('incoming-messages/?command=unknown');
  expect(notUnderstood.map(({ id }: { id: string }) => id)).toEqual([unknown.id]);
});

test('newest first, page by page', async () => {
  const phone = nextPhone();
  for (let number = 1; number <= 5; number += 1) {
    await callBack(service, 'incoming', { id: `page-${number}`, from: phone, to: '22384', text: `text ${number}` });
  }
  const texts: string[] = [];
  let next: string | undefined = `/api/v1/incoming-messages/?phone=${encodeURIComponent(phone)}&limit=2`;
  for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
    const { body, headers } = await service.request('GET', next, { token: shop.staff });
    expect(body.length).toBeLessThanOrEqual(2);
    texts.push(...body.map((each: { text: string }) => each.text));
    next = /<[^>]*?(\/api[^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(texts).toEqual([5, 4, 3, 2, 1].map((number) => `text ${number}`));
});

test.each([
  ['incoming-messages/?phone=wanjiku', '?phone'],
  ['incoming-messages/?command=dance', '?command'],
  ['incoming-messages/?cursor=WzFd', '?cursor'],
  ['opt-outs/?phone=12', '?phone'],
  ['opt-outs/?cursor=WzFd', '?cursor'],
])('%s is bad input', async (path, pointer) => {
  const { status, body } = await get(path);
  expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
});

const change = (method: 'PUT' | 'DELETE', phone: string, body?: object) =>
  service.request(method, `/api/v1/opt-outs/${encodeURIComponent(phone)}/`, {
    token: shop.staff,
    ...(body && { body }),
  });
const optOutsOf = async (phone: string) => (await get(`opt-outs/?phone=${encodeURIComponent(phone)}`)).body;

test('an opt-out that staff record stops what waits and what comes, until they lift it; who did what is kept', async () => {
  const phone = nextPhone();
  await service.request('POST', '/api/v1/channels/sms/pause/', { token: shop.staff, body: { reason: 'a test' } });
  const waiting = await place(phone);
  await eventually('an SMS waits', async () => (await smsOf(waiting.id))?.status === 'queued');

  const put = await change('PUT', local(phone), { note: 'She called' });
  expect(put).toMatchObject({ status: 200, body: { phone_number: phone, source: 'staff' } });
  // Once more changes nothing.
  expect((await change('PUT', phone, {})).body).toEqual(put.body);
  expect(await optOutsOf(phone)).toEqual([put.body]);
  expect(await smsOf(waiting.id)).toMatchObject({ status: 'cancelled', failure: 'the customer wants no SMS' });
  await service.request('POST', '/api/v1/channels/sms/resume/', { token: shop.staff });
  const later = await place(phone);
  await eventually('the next is cancelled', async () => (await smsOf(later.id))?.status === 'cancelled');

  for (let times = 0; times < 2; times += 1) expect((await change('DELETE', phone)).status).toBe(204);
  expect(await optOutsOf(phone)).toEqual([]);
  const after = await place(phone);
  await eventually('the one after goes out', async () => /sent|delivered/.test((await smsOf(after.id))?.status ?? ''));

  const { rows } = await sql<{ action: string; note: string }>`
    select action, note from audit_trail where subject_type = 'opt-out' and subject_id = ${phone} order by id`.execute(
    service.db,
  );
  expect(rows).toEqual([
    { action: 'opted-out', note: 'She called' },
    { action: 'opted-in', note: '' },
  ]);
});

test('one that the customer made is theirs: recording it again does not make it that of staff', async () => {
  const phone = nextPhone();
  await text(phone, 'STOP');
  expect((await change('PUT', phone, {})).body).toMatchObject({ phone_number: phone, source: 'sms' });
});

test('the list goes on from page to page, by number', async () => {
  const numbers = [nextPhone(), nextPhone(), nextPhone()];
  for (const phone of numbers) await change('PUT', phone, {});
  const listed: string[] = [];
  let next: string | undefined = '/api/v1/opt-outs/?limit=1';
  for (let pages = 0; next !== undefined && pages < 20; pages += 1) {
    const { body, headers } = await service.request('GET', next, { token: shop.staff });
    listed.push(...body.map((each: { phone_number: string }) => each.phone_number));
    next = /<[^>]*?(\/api[^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(listed).toEqual(listed.toSorted());
  expect(listed).toEqual(expect.arrayContaining(numbers));
});

test('no number is taken for one that is none', async () => {
  const { status, body } = await change('PUT', 'wanjiku', {});
  expect([status, body.errors[0].pointer]).toEqual([400, '?phone']);
});
