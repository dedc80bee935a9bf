// Owns the facts about what Africa's Talking calls back: delivery reports, and callbacks that are no good.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { callbacksPath } from '../../src/callbacks/callback-scope.ts';
import { matchReports } from '../../src/messages/report-store.ts';
import { callBack } from '../support/callbacks.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type RequestParts, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
const log: string[] = [];

beforeAll(async () => {
  service = await startService({ log: { write: (line: string) => void log.push(line) } });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterEach(() => service.request('DELETE', '/sandbox/faults'));
afterAll(() => service.stop());

const nextPhone = createPhones();
const faults = (body: unknown) => service.request('POST', '/sandbox/faults', { body });

interface Sms {
  id: string;
  status: string;
  failure: string | null;
  provider_id: string;
  report: string | null;
  report_reason: string | null;
}

async function findSms(order: string): Promise<Sms | undefined> {
  const { rows } = await sql<Sms>`
    select messages.id, status, failure, provider_id, report, report_reason
    from messages join message_attempts on message_id = messages.id where order_id = ${order} and channel = 'sms'
    order by attempt desc`.execute(service.db);
  return rows[0];
}

/** An SMS that has been sent, of which no report has come. */
async function sentSms(): Promise<Sms & { order: string; phone: string }> {
  await faults({ delivery_reports: { statuses: [], times: 1 } });
  const phone = nextPhone();
  const order: string = (await shop.place(customer, [[product, 1]], { phone })).body.id;
  const sms = await eventually('the SMS is sent', async () => {
    const found = await findSms(order);
    return found?.status === 'sent' && found;
  });
  return { ...sms, order, phone };
}

async function report(sms: Sms & { order: string; phone: string }, ...forms: Record<string, string>[]): Promise<Sms> {
  for (const form of forms) {
    const full = { id: sms.provider_id, phoneNumber: sms.phone, networkCode: '63902', retryCount: '0', ...form };
    expect(await callBack(service, 'delivery', full)).toMatchObject({ status: 200, body: { received: true } });
  }
  return (await findSms(sms.order)) as Sms;
}

describe('a delivery report', () => {
  test.each<[what: string, forms: Record<string, string>[], status: string, report: string, failure: string | null]>([
    ['on the way changes nothing yet', [{ status: 'Buffered' }], 'sent', 'Buffered', null],
    ['of success delivers', [{ status: 'Sent' }, { status: 'Success' }], 'delivered', 'Success', null],
    [
      'before the one that it should follow stands',
      [{ status: 'Success' }, { status: 'Sent' }],
      'delivered',
      'Success',
      null,
    ],
    ['that comes twice counts once', [{ status: 'Success' }, { status: 'Success' }], 'delivered', 'Success', null],
    [
      'of failure says why',
      [{ status: 'Failed', failureReason: 'UserInactive' }],
      'failed',
      'Failed',
      'Failed: UserInactive',
    ],
    [
      'of a newer kind of failure is one',
      [{ status: 'AbsentSubscriber' }],
      'failed',
      'AbsentSubscriber',
      'AbsentSubscriber',
    ],
    ['after success can’t undo it', [{ status: 'Success' }, { status: 'Failed' }], 'delivered', 'Success', null],
    ['after failure can’t undo it', [{ status: 'Rejected' }, { status: 'Success' }], 'failed', 'Rejected', 'Rejected'],
    ['with words that are new is on the way', [{ status: 'Teleported', colour: 'red' }], 'sent', 'Teleported', null],
  ])('%s', async (_what, forms, status, word, failure) => {
    const sms = await sentSms();
    expect(await report(sms, ...forms)).toMatchObject({ status, report: word, failure });
  });

  test('that nobody knows is kept aside, and matched when its attempt is written down', async () => {
    const sms = await sentSms();
    const id = `ATPid_early_${sms.id}`;
    for (const status of ['Sent', 'Failed', 'Success']) await callBack(service, 'delivery', { id, status });
    expect((await findSms(sms.order))?.status).toBe('sent');
    await sql`update message_attempts set provider_id = ${id} where message_id = ${sms.id}`.execute(service.db);
    const matched = await eventually('the report finds its message', async () => {
      const found = await findSms(sms.order);
      return found?.status !== 'sent' && found;
    });
    expect(matched).toMatchObject({ status: 'failed', report: 'Failed', failure: 'Failed' });
    expect((await sql`select 1 from unmatched_reports where provider_id = ${id}`.execute(service.db)).rows).toEqual([]);
  });

  test('that nobody claims is thrown away after an hour', async () => {
    await callBack(service, 'delivery', { id: 'ATPid_nobodys', status: 'Success' });
    const kept = async () =>
      (await sql`select 1 from unmatched_reports where provider_id = 'ATPid_nobodys'`.execute(service.db)).rows.length;
    await matchReports(service.db, new Date(Date.now() + 59 * 60_000), () => undefined);
    expect(await kept()).toBe(1);
    await matchReports(service.db, new Date(Date.now() + 61 * 60_000), () => undefined);
    expect(await kept()).toBe(0);
  });

  test('of an attempt before the last doesn’t fail a message that is on its way again', async () => {
    const sms = await sentSms();
    await sql`update messages set attempts = 2 where id = ${sms.id}`.execute(service.db);
    expect(await report(sms, { status: 'Failed' })).toMatchObject({ status: 'sent', report: 'Failed' });
  });
});

/** Everything that a callback could change. */
async function world(): Promise<string> {
  const { rows } = await sql`
    select (select json_agg(each order by each.id) from messages as each) as messages,
      (select json_agg(each order by each.message_id, each.attempt) from message_attempts as each) as attempts,
      (select json_agg(each order by each.provider_id) from unmatched_reports as each) as reports,
      (select json_agg(each order by each.id) from incoming_messages as each) as texts,
      (select json_agg(each order by each.phone_number) from opt_outs as each) as opt_outs,
      (select json_agg(each order by each.id) from jobs as each) as jobs`.execute(service.db);
  return JSON.stringify(rows);
}

describe('a callback', () => {
  const form = 'application/x-www-form-urlencoded';
  const phone = '+254733445566';
  const delivery = { id: 'ATPid_1', status: 'Success', phoneNumber: phone };
  const incoming = { id: 'text-1', from: phone, to: '22384', text: 'STOP', date: '2026-02-14 12:15:01' };
  const encoded = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const ours = () => callbacksPath('africas-talking', service.config.sms.callbackToken);

  test.each<[what: string, path: () => string, parts: RequestParts, status: number]>([
    [
      'with a wrong token',
      () => `${callbacksPath('africas-talking', 'x'.repeat(32))}/delivery`,
      { body: encoded(delivery) },
      404,
    ],
    ['with half of the token', () => `${ours().slice(0, -16)}/delivery`, { body: encoded(delivery) }, 404],
    ['with no token', () => '/callbacks/africas-talking/delivery', { body: encoded(delivery) }, 404],
    ['of an unknown kind', () => `${ours()}/dlr`, { body: encoded(delivery) }, 404],
    ['without an id', () => `${ours()}/delivery`, { body: encoded({ status: 'Success', phoneNumber: phone }) }, 400],
    ['without a status', () => `${ours()}/delivery`, { body: encoded({ id: 'ATPid_1', phoneNumber: phone }) }, 400],
    ['that is empty', () => `${ours()}/delivery`, { body: '' }, 400],
    ['with two ids', () => `${ours()}/delivery`, { body: `${encoded(delivery)}&id=ATPid_2` }, 400],
    ['with an endless id', () => `${ours()}/delivery`, { body: encoded({ ...delivery, id: 'x'.repeat(129) }) }, 400],
    ['with a NUL byte', () => `${ours()}/delivery`, { body: encoded({ ...delivery, status: 'Suc\0cess' }) }, 400],
    ['of a text without an id', () => `${ours()}/incoming`, { body: encoded({ ...incoming, id: '' }) }, 400],
    ['of a text from nobody', () => `${ours()}/incoming`, { body: encoded({ ...incoming, from: '' }) }, 400],
    ['of a text with nothing said', () => `${ours()}/incoming`, { body: 'id=1&from=%2B254733445566&to=22384' }, 400],
    ['of a text with a NUL byte', () => `${ours()}/incoming`, { body: encoded({ ...incoming, text: 'ST\0OP' }) }, 400],
    [
      'of a text with a wrong token',
      () => `${callbacksPath('africas-talking', 'x'.repeat(32))}/incoming`,
      { body: encoded(incoming) },
      404,
    ],
    [
      'of a text of 1 MB',
      () => `${ours()}/incoming`,
      { body: encoded({ ...incoming, text: 'x'.repeat(1_000_000) }) },
      413,
    ],
    [
      'of a text in JSON',
      () => `${ours()}/incoming`,
      { body: incoming, headers: { 'content-type': 'application/json' } },
      415,
    ],
    ['of an opt-out without a phone', () => `${ours()}/opt-out`, { body: encoded({ senderId: '22384' }) }, 400],
    ['of an opt-out of no phone', () => `${ours()}/opt-out`, { body: encoded({ phoneNumber: 'everybody' }) }, 400],
    [
      'of an opt-out with a wrong token',
      () => `${callbacksPath('africas-talking', 'x'.repeat(32))}/opt-out`,
      { body: encoded({ phoneNumber: phone }) },
      404,
    ],
    ['of JSON', () => `${ours()}/delivery`, { body: delivery, headers: { 'content-type': 'application/json' } }, 415],
    ['of JSON that calls itself a form', () => `${ours()}/delivery`, { body: delivery }, 400],
    ['of 1 MB', () => `${ours()}/delivery`, { body: encoded({ ...delivery, more: 'x'.repeat(1_000_000) }) }, 413],
  ])('%s is refused, and changes nothing', async (_what, path, parts, status) => {
    // What the tests before have begun is over.
    await eventually('calm', async () => {
      const { rows } =
        await sql`select 1 from messages where status in ('queued', 'sending') union all select 1 from jobs`.execute(
          service.db,
        );
      return rows.length === 0;
    });
    const before = await world();
    const answer = await service.request('POST', path(), {
      ...parts,
      headers: { 'content-type': form, ...parts.headers },
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toContain(phone.slice(1));
    expect(await world()).toBe(before);
  });

  test('leaves neither phone numbers nor the token in the log', async () => {
    expect(log.join('\n')).not.toMatch(/\+?254\d{9}/);
    expect(log.join('\n')).not.toContain(service.config.sms.callbackToken);
  });
});
