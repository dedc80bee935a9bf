// Owns the facts about texts from customers: what each does, what is answered, and who is answered at all.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callBack } from '../support/callbacks.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let phone: string;
let phones = 0;
let aheadMs = 0;

const clock = () => new Date(Date.now() + aheadMs);
const minuteMs = 60_000;

beforeAll(async () => {
  service = await startService({ clock });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct({ price: 1250, stock: 1_000_000 })).id;
});
beforeEach(() => {
  phone = nextPhone();
  // Tokens are only good for a day.
  aheadMs = 0;
});
afterAll(() => service.stop());

const nextPhone = () => `+2547020${String(10_000 + phones++)}`;

interface Placed {
  id: string;
  code: string;
}

const place = async (from = phone): Promise<Placed> =>
  (await shop.place(customer, [[product, 2]], { phone: from })).body;
const orderNow = async (order: Placed) =>
  (await service.request('GET', `/api/v1/orders/${order.id}/?expand=events`, { token: customer })).body;
const moveOn = (order: Placed, status: string) =>
  service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body: { status } });

interface Handled {
  command: string;
  order: string | null;
  answer: string | null;
  kind: string | null;
  status: string | null;
}

async function handled(providerId: string): Promise<Handled> {
  return eventually(`the text ${providerId} is handled`, async () => {
    const { rows } = await sql<Handled>`
      select command, incoming_messages.order_id as order, messages.body as answer, kind, status
      from incoming_messages left join messages on messages.id = answer_id
      where provider_id = ${providerId} and handled_at is not null`.execute(service.db);
    return rows[0];
  });
}

/** Texts from the sandbox's phone, and what came of it. */
async function text(words: string, from = phone): Promise<Handled> {
  const sent = await service.request('POST', '/sandbox/messages', { body: { from, text: words } });
  expect(sent.status).toBe(201);
  return handled(sent.body.id);
}

/** What the phone has got from the shop, oldest first. */
async function inbox(): Promise<string[]> {
  const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
  const messages: { from: string; text: string }[] = body;
  return messages
    .filter(({ from }) => from !== phone)
    .map((message) => message.text)
    .toReversed();
}

const ledger = async (order: Placed): Promise<{ kind: string; status: string; failure: string | null }[]> => {
  const { rows } = await sql<{ kind: string; status: string; failure: string | null }>`
    select kind, status, failure from messages where order_id = ${order.id} and channel = 'sms' order by id`.execute(
    service.db,
  );
  return rows;
};

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

describe('STOP', () => {
  test('ends all SMS but its own confirmation, until START', async () => {
    const order = await place();
    await eventually('the SMS of the order', async () => (await inbox()).length === 1);
    expect(await text('STOP')).toMatchObject({ command: 'stop', answer: expect.stringContaining('no more SMS') });
    expect(await text('stop')).toMatchObject({ command: 'stop', answer: null });
    await moveOn(order, 'confirmed');
    expect(await text('STATUS')).toMatchObject({ status: 'cancelled' });
    const rows = await eventually('the SMS that is not sent', async () => {
      const found = await ledger(order);
      return found.length === 3 && found;
    });
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'order-confirmed', status: 'cancelled', failure: 'the customer wants no SMS' }),
        expect.objectContaining({ kind: 'reply-status', status: 'cancelled', failure: 'the customer wants no SMS' }),
      ]),
    );

    expect(await text('START')).toMatchObject({
      answer: expect.stringContaining('You will get SMS about your orders again'),
    });
    await moveOn(order, 'dispatched');
    const all = await eventually('the next SMS', async () => {
      const found = await inbox();
      return found.length === 4 && found;
    });
    // The last two may be on their way at once, and arrive in any order.
    const [, stopped, ...others] = all;
    expect(stopped).toContain('no more SMS');
    expect(others.toSorted()).toEqual([expect.stringContaining('on its way'), expect.stringContaining('again')]);
  });

  test('with something else to stop asks what is meant, and ends nothing', async () => {
    const order = await place();
    for (const words of ['Stop my order', 'Stop by my house at 5 please', `stop order ${order.code}`]) {
      expect(await text(words)).toMatchObject({
        command: 'unknown',
        answer: expect.stringContaining('Text STOP alone'),
      });
    }
    expect((await sql`select 1 from opt_outs where phone_number = ${phone}`.execute(service.db)).rows).toEqual([]);
    await moveOn(order, 'confirmed');
    await eventually('the next SMS', async () => (await inbox()).some((each) => each.includes('is confirmed')));
  });

  test('takes back what still waits to be sent', async () => {
    await service.request('POST', '/sandbox/faults', { body: { sms: { http_status: 503, text: 'down' } } });
    const order = await place();
    await eventually('the first attempt has failed', async () => {
      const { rows } =
        await sql`select 1 from messages where order_id = ${order.id} and channel = 'sms' and status = 'queued' and attempts > 0`.execute(
          service.db,
        );
      return rows.length === 1;
    });
    await text('STOP');
    await service.request('DELETE', '/sandbox/faults');
    expect(await ledger(order)).toEqual([
      { kind: 'order-pending', status: 'cancelled', failure: 'the customer wants no SMS' },
    ]);
  });

  test('works for a stranger too', async () => {
    expect(await text('SIMAMA')).toMatchObject({ command: 'stop', answer: expect.stringContaining('Hutapokea SMS') });
  });

  test('said to the network counts the same, and START undoes it', async () => {
    for (let time = 0; time < 2; time++) {
      expect((await callBack(service, 'opt-out', { senderId: '22384', phoneNumber: phone })).status).toBe(200);
    }
    const order = await place();
    const rows = await eventually('the SMS that is not sent', async () => {
      const found = await ledger(order);
      return found.length === 1 && found;
    });
    expect(rows[0]).toMatchObject({ status: 'cancelled', failure: 'the customer wants no SMS' });
    await text('START');
    await moveOn(order, 'confirmed');
    await eventually('the next SMS', async () => (await inbox()).some((each) => each.includes('is confirmed')));
  });
});

describe('the provider knows that a customer wants no SMS', () => {
  test.each<[how: string, fault: object]>([
    ['when it refuses one', { sms: { status_code: 406, times: 1 } }],
    [
      'when it reports on one',
      { delivery_reports: { statuses: ['Failed'], failure_reason: 'UserInBlackList', times: 1 } },
    ],
  ])('%s: the next ones are not sent', async (_how, fault) => {
    await service.request('POST', '/sandbox/faults', { body: fault });
    const order = await place();
    await eventually('the SMS failed', async () => (await ledger(order))[0]?.status === 'failed');
    const source = sql<{ source: string }>`select source from opt_outs where phone_number = ${phone}`;
    expect((await source.execute(service.db)).rows).toEqual([{ source: 'provider' }]);
    await moveOn(order, 'confirmed');
    const rows = await eventually('the next SMS is written down', async () => {
      const found = await ledger(order);
      return found.length === 2 && found;
    });
    expect(rows[1]).toMatchObject({
      kind: 'order-confirmed',
      status: 'cancelled',
      failure: 'the customer wants no SMS',
    });
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
    expect(await handled(id)).toMatchObject({ command: 'ignored', answer: null });
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
    await handled(form.id);
    await text('STATUS');
    const { rows } = await sql`select 1 from messages where recipient = ${phone} and kind = 'reply-help'`.execute(
      service.db,
    );
    expect(rows).toHaveLength(1);
  });

  test('a number whose + was lost on the way, and a text of any length', async () => {
    await place();
    const form = { id: `plus ${phone}`, from: phone.slice(1), to: '22384', text: `HELP ${'😀'.repeat(2_000)}` };
    expect((await callBack(service, 'incoming', form)).status).toBe(413);
    form.text = `HELP ${'😀'.repeat(1_000)}`;
    expect((await callBack(service, 'incoming', form)).status).toBe(200);
    expect(await handled(form.id)).toMatchObject({ command: 'help', kind: 'reply-help' });
  });
});
