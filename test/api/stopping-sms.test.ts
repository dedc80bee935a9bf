// Owns the facts about customers who want no more SMS: by text, by the network, by what the provider says, and back again.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  texting = textingOf(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct({ price: 1250, stock: 1_000_000 })).id;
});
beforeEach(() => {
  phone = nextPhone();
});
afterAll(() => service.stop());

const place = async (from = phone): Promise<Placed> =>
  (await shop.place(customer, [[product, 2]], { phone: from })).body;
const moveOn = (order: Placed, status: string) =>
  service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body: { status } });
const text = (words: string, from = phone) => texting.text(words, from);
const inbox = () => texting.inbox(phone);
const ledger = (order: Placed) => texting.smsAbout(order.id);

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

  test('said twice before its confirmation is out leaves the confirmation', async () => {
    await place();
    await eventually('the SMS of the order', async () => (await inbox()).length === 1);
    const channel = (action: string, body?: object) =>
      service.request('POST', `/api/v1/channels/sms/${action}/`, { token: shop.staff, ...(body && { body }) });
    expect((await channel('pause', { reason: 'Nothing is to go out yet' })).status).toBe(200);
    for (const words of ['STOP', 'stop']) await text(words);
    expect((await channel('resume')).status).toBe(200);
    await eventually('the confirmation', async () => (await inbox()).some((each) => each.includes('no more SMS')));
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
