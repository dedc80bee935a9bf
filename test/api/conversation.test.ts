// Owns the facts about texts from customers: what each does, what is answered, and who is answered at all.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callbacksPath } from '../../src/callbacks/callback-scope.ts';
import { callBack } from '../support/callbacks.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { type Placed, type Texting, textingOf } from '../support/texting.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let texting: Texting;
let phone: string;
const nextPhone = createPhones();
let aheadMs = 0;

const clock = () => new Date(Date.now() + aheadMs);
const minuteMs = 60_000;

beforeAll(async () => {
  service = await startService({ clock });
  shop = await openShop(service);
  texting = textingOf(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct({ price: 1250, stock: 1_000_000 })).id;
});
beforeEach(() => {
  phone = nextPhone();
  // Tokens are only good for a day.
  aheadMs = 0;
});
afterAll(() => service.stop());

const place = async (from = phone): Promise<Placed> =>
  (await shop.place(customer, [[product, 2]], { phone: from })).body;
const orderNow = async (order: Placed) =>
  (await service.request('GET', `/api/v1/orders/${order.id}/?expand=events`, { token: customer })).body;
const moveOn = (order: Placed, status: string) =>
  service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body: { status } });
const text = (words: string, from = phone) => texting.text(words, from);
const inbox = () => texting.inbox(phone);

test('a customer asks for their order, cancels it and confirms, all from their phone', async () => {
  const before = await shop.stockOf(product);
  const order = await place();
  await eventually('the SMS of the order', async () => (await inbox()).length === 1);

  await text('Status?');
  await eventually('the status', async () => (await inbox()).length === 2);
  expect((await inbox())[1]).toBe(`Your order ${order.code} (KES 2,500) waits for the shop to confirm it.`);

  await text(`cancel ${order.code.toLowerCase()}`);
  await eventually('the question', async () => (await inbox()).length === 3);
  expect((await inbox())[2]).toContain(`Reply YES to cancel order ${order.code} (KES 2,500).`);
  expect((await orderNow(order)).status).toBe('pending');

  await text('yes');
  await eventually('the SMS that it is cancelled', async () => (await inbox()).length === 4);
  expect((await inbox())[3]).toContain(`order ${order.code} (KES 2,500) is cancelled`);
  const cancelled = await orderNow(order);
  expect(cancelled.status).toBe('cancelled');
  expect(cancelled.events).toContainEqual(
    expect.objectContaining({ status: 'cancelled', version: 2, kind: 'status', actor: 'customer', via: 'sms' }),
  );
  expect(await shop.stockOf(product)).toBe(before);
});

describe('STATUS', () => {
  test('is about the latest order, and says that there are others', async () => {
    const first = await place();
    const latest = await place();
    expect((await text('STATUS')).answer).toContain(`order ${latest.code}`);
    expect((await text('STATUS')).answer).toContain('For another order, text STATUS and its code.');
    await moveOn(first, 'confirmed');
    expect((await text(first.code)).answer).toBe(`Your order ${first.code} (KES 2,500) is confirmed.`);
  });

  test('tells nothing of an order of another phone', async () => {
    await place();
    const theirs = await place(nextPhone());
    expect(await text(`STATUS ${theirs.code}`)).toMatchObject({
      order: null,
      answer: expect.stringMatching(`^We have no order ${theirs.code} for this number`),
    });
  });

  test('in Swahili is answered in Swahili', async () => {
    const order = await place();
    expect((await text('hali')).answer).toBe(`Agizo lako ${order.code} (KES 2,500) linasubiri kuthibitishwa na duka.`);
  });
});

test('an answer is in the language that the customer has chosen, whatever word they text', async () => {
  const token = await service.tokenFor('amina');
  const { body } = await shop.place(token, [[product, 2]], { phone });
  await service.request('PATCH', '/api/v1/customers/me/', { token, body: { language: 'sw' } });
  expect((await text('STATUS')).answer).toContain(`Agizo lako ${body.code}`);
  expect((await text('what is this?')).answer).toContain('Samahani');
  await service.request('PATCH', '/api/v1/customers/me/', { token, body: { language: 'en' } });
  expect((await text('hali')).answer).toContain(`Your order ${body.code}`);
});

describe('CANCEL', () => {
  test('without a code is about the only order that can be cancelled', async () => {
    await moveOn(await place(), 'confirmed');
    const order = await place();
    expect((await text('CANCEL')).answer).toContain(`Reply YES to cancel order ${order.code}`);
    await text('NDIYO');
    expect((await orderNow(order)).status).toBe('cancelled');
  });

  test('without a code asks which, where there are several', async () => {
    const [one, two] = [await place(), await place()];
    const { answer } = await text('CANCEL');
    expect(answer).toContain(`${two.code}, ${one.code}`);
    expect((await text('YES')).answer).toContain('nothing to confirm');
    expect([(await orderNow(one)).status, (await orderNow(two)).status]).toEqual(['pending', 'pending']);
  });

  test('of an order of another phone does nothing', async () => {
    await place();
    const theirs = await place(nextPhone());
    expect((await text(`CANCEL ${theirs.code}`)).answer).toContain(`no order ${theirs.code} for this number`);
    expect((await text('YES')).answer).toContain('nothing to confirm');
    expect((await orderNow(theirs)).status).toBe('pending');
  });

  test('with a mistyped code says so', async () => {
    const { code } = await place();
    const wrong = `${code.slice(0, 7)}${code.endsWith('7') ? '8' : '7'}`;
    expect((await text(`CANCEL ${wrong}`)).answer).toContain(`${wrong} is not an order code of ours`);
  });

  test('of a confirmed order is for the shop alone', async () => {
    const order = await place();
    await moveOn(order, 'confirmed');
    expect((await text(`CANCEL ${order.code}`)).answer).toBe(
      `Your order ${order.code} is confirmed: only the shop can cancel it now.`,
    );
    expect((await text('YES')).answer).toContain('nothing to confirm');
  });

  test('comes too late when the shop confirms before the YES', async () => {
    const order = await place();
    await text('CANCEL');
    await moveOn(order, 'confirmed');
    expect((await text('YES')).answer).toContain('only the shop can cancel it now');
    expect((await orderNow(order)).status).toBe('confirmed');
  });

  test('waits a quarter of an hour for its YES', async () => {
    const order = await place();
    await text('CANCEL');
    aheadMs += 16 * minuteMs;
    expect((await text('YES')).answer).toContain('nothing to confirm');
    expect((await orderNow(order)).status).toBe('pending');
  });

  test('is called off by NO', async () => {
    const order = await place();
    await text('CANCEL');
    expect((await text('No')).answer).toBe(`Your order ${order.code} stays as it is.`);
    expect((await text('YES')).answer).toContain('nothing to confirm');
    expect((await orderNow(order)).status).toBe('pending');
  });

  test('of one order is not confirmed by a YES for another', async () => {
    const [one, two] = [await place(), await place()];
    await text(`CANCEL ${one.code}`);
    expect((await text(`YES ${two.code}`)).answer).toContain(`Reply YES to cancel order ${two.code}`);
    expect([(await orderNow(one)).status, (await orderNow(two)).status]).toEqual(['pending', 'pending']);
  });
});

describe('who is answered', () => {
  test('a stranger, once a day', async () => {
    expect(await text('STATUS')).toMatchObject({
      kind: 'reply-stranger',
      answer: expect.stringContaining('no orders with us'),
    });
    for (const words of ['HELP', 'who is this?', 'CANCEL', 'START']) expect((await text(words)).answer).toBeNull();
    aheadMs += 24 * 60 * minuteMs + minuteMs;
    expect((await text('hello?')).kind).toBe('reply-stranger');
  });

  test('a customer who is not understood, once an hour: it may be an answering machine', async () => {
    await place();
    expect(await text('I am driving and will answer later.')).toMatchObject({
      command: 'unknown',
      kind: 'reply-unknown',
    });
    expect((await text('I am driving and will answer later.')).answer).toBeNull();
    expect((await text('HELP')).answer).toContain('Text STATUS for your latest order');
    aheadMs += 61 * minuteMs;
    expect((await text('I am driving and will answer later.')).kind).toBe('reply-unknown');
  });

  test('nobody more than ten times an hour', async () => {
    await place();
    const answers: (string | null)[] = [];
    for (let time = 0; time < 12; time++) answers.push((await text('HELP')).answer);
    expect(answers.map((answer) => answer !== null)).toEqual([...Array<boolean>(10).fill(true), false, false]);
    aheadMs += 61 * minuteMs;
    expect((await text('HELP')).answer).not.toBeNull();
  });

  test.each(['22384', 'Safaricom', '40404', 'no-reply'])('not %s, which is no phone of a customer', async (from) => {
    const id = `from ${from}`;
    expect((await callBack(service, 'incoming', { id, from, to: '22384', text: 'HELP' })).status).toBe(200);
    expect(await texting.handled(id)).toMatchObject({ command: 'ignored', answer: null });
  });

  test('a text that the provider posts three times, once', async () => {
    await place();
    const form = {
      id: `replayed ${phone}`,
      from: phone,
      to: '22384',
      text: 'HELP',
      linkId: 'x',
      cost: '0',
      colour: 'red',
    };
    for (let time = 0; time < 3; time++) expect((await callBack(service, 'incoming', form)).status).toBe(200);
    await texting.handled(form.id);
    await text('STATUS');
    const { rows } = await sql`select 1 from messages where recipient = ${phone} and kind = 'reply-help'`.execute(
      service.db,
    );
    expect(rows).toHaveLength(1);
  });

  test('not a number that the network hides, though its text is kept, and that it wants no SMS', async () => {
    const hidden = createHash('sha256').update(phone).digest('hex');
    const said: [text: string, command: string][] = [
      ['HELP', 'help'],
      ['Where is it?', 'unknown'],
      ['STOP', 'stop'],
    ];
    for (const [index, [words, command]] of said.entries()) {
      const id = `hidden ${phone} ${index}`;
      expect(
        (await callBack(service, 'incoming', { id, from: hidden.toUpperCase(), to: '22384', text: words })).status,
      ).toBe(200);
      expect(await texting.handled(id)).toMatchObject({ command, answer: null });
    }
    const path = '/api/v1/incoming-messages/?command=stop&limit=1';
    const kept = await service.request('GET', path, { token: shop.staff });
    expect(kept.body).toEqual([expect.objectContaining({ sender: hidden, text: 'STOP' })]);
    const source = sql<{ source: string }>`select source from opt_outs where phone_number = ${hidden}`;
    expect((await source.execute(service.db)).rows).toEqual([{ source: 'sms' }]);
    expect((await callBack(service, 'opt-out', { senderId: '22384', phoneNumber: hidden })).status).toBe(200);
    await callBack(service, 'incoming', { id: `hidden ${phone} start`, from: hidden, to: '22384', text: 'START' });
    await texting.handled(`hidden ${phone} start`);
    expect((await source.execute(service.db)).rows).toEqual([]);
    expect((await callBack(service, 'opt-out', { senderId: '22384', phoneNumber: hidden })).status).toBe(200);
    expect((await source.execute(service.db)).rows).toEqual([{ source: 'provider' }]);
    expect((await callBack(service, 'opt-out', { senderId: '22384', phoneNumber: hidden.slice(1) })).status).toBe(400);
  });

  test.each([
    ['a byte that is no UTF-8', (code: string) => `STATUS%20${code}%FF`],
    ['a quotation mark of Windows', (code: string) => `%93STATUS%20${code}%94`],
    ['a percent sign that stands for itself', (code: string) => `STATUS+${code}+100%`],
  ])('a text with %s is understood as if it were not there', async (what, encoded) => {
    const order = await place();
    const id = `${what} ${phone}`;
    const body = `id=${encodeURIComponent(id)}&from=${encodeURIComponent(phone)}&to=22384&text=${encoded(order.code)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const path = `${callbacksPath('africas-talking', service.config.sms.callbackToken)}/incoming`;
    expect((await service.request('POST', path, { body, headers })).status).toBe(200);
    expect(await texting.handled(id)).toMatchObject({
      command: 'status',
      answer: expect.stringContaining(`order ${order.code}`),
    });
  });

  test('a number whose + was lost on the way, and a text of any length', async () => {
    await place();
    const form = { id: `plus ${phone}`, from: phone.slice(1), to: '22384', text: `HELP ${'😀'.repeat(2_000)}` };
    expect((await callBack(service, 'incoming', form)).status).toBe(413);
    form.text = `HELP ${'😀'.repeat(1_000)}`;
    expect((await callBack(service, 'incoming', form)).status).toBe(200);
    expect(await texting.handled(form.id)).toMatchObject({ command: 'help', kind: 'reply-help' });
  });
});
