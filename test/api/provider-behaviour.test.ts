// Owns the table of what a provider does against what the ledger says: each row over real HTTP. docs/messages.md has the same.

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listChannels } from '../../src/sending/channel-store.ts';
import { type Gateway, recipient, type Sent, startGateway } from '../support/gateway.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

type Answer = (response: ServerResponse, sent: Sent) => void;

interface Row {
  /** What the provider does, once for each attempt. */
  does: string;
  answers: Answer[];
  /** To a number in Nigeria. */
  nigeria?: boolean;
  status: 'sent' | 'failed' | 'queued';
  outcomes: string;
  /** A part of the reason in the ledger. */
  reason: string;
  /** When it is tried again, in seconds: at least and at most. */
  again?: [number, number];
  ambiguous?: boolean;
  paused?: 'until one message finds out' | 'until staff resume it';
}

const minute = 60;
const text =
  (status: number, body: string, headers = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
const refusal = (message: string): Answer =>
  text(201, JSON.stringify({ SMSMessageData: { Message: message, Recipients: [] } }));
/** About one recipient, in another shape than documented. */
const shaped =
  (fields: object): Answer =>
  (response, { to }) =>
    void response
      .writeHead(201, { 'content-type': 'application/json' })
      .end(JSON.stringify({ SMSMessageData: { Recipients: [{ number: to, ...fields }] } }));
const hangUp: Answer = (response) => void response.destroy();
const brokenOff: Answer = (response) => {
  response.writeHead(201, { 'content-length': '500' });
  response.write('{"SMSMessageData":');
  setImmediate(() => response.destroy());
};
const silence: Answer = () => undefined;
const drip: Answer = (response) => {
  response.writeHead(201);
  const timer = setInterval(() => response.write(' '), 500);
  response.on('close', () => clearInterval(timer));
};

const permanent = { status: 'failed', outcomes: 'permanent' } as const;
const backedOff = { status: 'queued', outcomes: 'retry', again: [1, 2] } as const satisfies Partial<Row>;
const blocked = { status: 'queued', outcomes: 'blocked' } as const;
const byProbe = 'until one message finds out';
const byStaff = 'until staff resume it';
const well = recipient(101, 'Success');

const rows: Row[] = [
  {
    does: '100 Processed',
    answers: [recipient(100, 'Processed')],
    status: 'sent',
    outcomes: 'accepted',
    reason: '100',
  },
  { does: '101 Sent', answers: [well], status: 'sent', outcomes: 'accepted', reason: '101' },
  { does: '102 Queued', answers: [recipient(102, 'Queued')], status: 'sent', outcomes: 'accepted', reason: '102' },
  {
    does: 'Success without a code, for nothing',
    answers: [shaped({ status: 'Success', cost: 0, messageId: 'ATPid_shaped_1' })],
    ...{ status: 'sent', outcomes: 'accepted', reason: 'Success' },
  },
  {
    does: 'A code as text, without an id',
    answers: [shaped({ statusCode: '101', status: 'Success', messageId: null })],
    ...{ status: 'sent', outcomes: 'accepted', reason: '101' },
  },
  {
    does: 'Neither code nor word, but an id, a price or a count of one',
    answers: [shaped({ cost: 'KES 0.8000' })],
    ...{ status: 'sent', outcomes: 'accepted', reason: '' },
  },
  {
    does: '403 without an id',
    answers: [shaped({ statusCode: 403, status: 'InvalidPhoneNumber', messageId: null })],
    ...permanent,
    reason: '403',
  },
  {
    does: 'Could Not Send, without a code',
    answers: [shaped({ status: 'Could Not Send', messageId: 'None' })],
    ...permanent,
    reason: 'Could Not Send',
  },
  { does: '403 Invalid number', answers: [recipient(403, 'InvalidPhoneNumber')], ...permanent, reason: '403' },
  { does: '404 Unsupported number', answers: [recipient(404, 'UnsupportedNumberType')], ...permanent, reason: '404' },
  { does: '406 Blacklisted', answers: [recipient(406, 'UserInBlacklist')], ...permanent, reason: '406' },
  { does: '502 Rejected by the gateway', answers: [recipient(502, 'RejectedByGateway')], ...permanent, reason: '502' },
  {
    does: '407 Could not route',
    ...{ answers: [recipient(407, 'CouldNotRoute')], status: 'queued', outcomes: 'retry', reason: '407' },
    again: [10 * minute, 11 * minute],
  },
  {
    does: '407 Could not route, twice',
    answers: [recipient(407, 'CouldNotRoute'), recipient(407, 'CouldNotRoute')],
    ...{ status: 'failed', outcomes: 'retry, retry', reason: '2 times' },
  },
  {
    does: '409 Do not disturb, at night',
    ...{ answers: [recipient(409, 'DoNotDisturbRejection')], nigeria: true, status: 'queued', outcomes: 'retry' },
    // From half past nine in the evening, when the test's clock starts, to eight in the morning, and a tenth at most.
    ...{ reason: '409', again: [10 * 60 * minute, 11.6 * 60 * minute] },
  },
  { does: '500 Internal error', answers: [recipient(500, 'InternalServerError')], ...backedOff, reason: '500' },
  { does: '501 Gateway error', answers: [recipient(501, 'GatewayError')], ...backedOff, reason: '501' },
  { does: 'A code that is new', answers: [recipient(599, 'Newfangled')], ...backedOff, reason: '599' },
  {
    does: '500 Internal error, then well',
    ...{ answers: [recipient(500, 'InternalServerError'), well], status: 'sent' },
    ...{ outcomes: 'retry, accepted', reason: '101' },
  },
  {
    does: 'HTTP 429 that says when to come again',
    ...{ answers: [text(429, 'slow down', { 'retry-after': '30' })], status: 'queued', outcomes: 'unavailable' },
    ...{ reason: 'HTTP 429', again: [30, 33] },
  },
  {
    does: 'HTTP 503',
    ...{
      answers: [text(503, 'maintenance')],
      status: 'queued',
      outcomes: 'unavailable',
      reason: 'HTTP 503',
      again: [1, 2],
    },
  },
  {
    does: 'HTTP 400 in plain text',
    ...{ answers: [text(400, 'Request is missing required form field')], ...backedOff, reason: 'missing required' },
  },
  {
    does: 'The connection ends without an answer',
    ...{
      answers: [hangUp],
      status: 'queued',
      outcomes: 'ambiguous',
      reason: 'no answer',
      again: [7, 15],
      ambiguous: true,
    },
  },
  {
    does: 'The answer breaks off',
    ...{ answers: [brokenOff, well], status: 'sent', outcomes: 'ambiguous, accepted', reason: '101', ambiguous: true },
  },
  {
    does: 'HTTP 201 with something else than was asked for, twice',
    ...{ answers: [text(201, '<html>'), text(201, '{"a":1}')], status: 'failed', outcomes: 'ambiguous, ambiguous' },
    ...{ reason: 'it may have arrived', ambiguous: true },
  },
  {
    does: 'HTTP 201 with an endless answer',
    ...{ answers: [text(201, '['.repeat(100_000))], status: 'queued', outcomes: 'ambiguous', reason: 'HTTP 201' },
    ...{ again: [7, 15], ambiguous: true },
  },
  { does: '401 Risk hold', answers: [recipient(401, 'RiskHold')], ...blocked, reason: '401', paused: byStaff },
  {
    does: '402 Invalid sender',
    answers: [recipient(402, 'InvalidSenderId')],
    ...blocked,
    reason: '402',
    paused: byStaff,
  },
  {
    does: '405 No credit',
    answers: [recipient(405, 'InsufficientBalance')],
    ...blocked,
    reason: '405',
    paused: byProbe,
  },
  {
    does: 'HTTP 201 without recipients: InvalidSenderId',
    ...{ answers: [refusal('InvalidSenderId')], ...blocked, reason: 'InvalidSenderId', paused: byStaff },
  },
  { does: 'HTTP 201 without recipients, of whatever else', answers: [refusal('Oops')], ...backedOff, reason: 'Oops' },
  {
    does: 'HTTP 401 in plain text',
    ...{ answers: [text(401, 'The supplied authentication is invalid')], ...blocked, paused: byProbe },
    reason: 'authentication is invalid',
  },
  {
    does: 'A redirect',
    ...{ answers: [text(302, '', { location: '/elsewhere' })], ...blocked, reason: 'HTTP 302', paused: byProbe },
  },
];

let gateway: Gateway;
let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let phones = 0;
/** Half past nine in the evening in Lagos. */
let skewMs = Date.parse('2026-11-26T20:30:00Z') - Date.now();

beforeAll(async () => {
  gateway = await startGateway();
  service = await startService({
    environment: { AFRICA_TALKING_BASE_URL: gateway.url, SMS_LOW_CREDIT: 'KES 100' },
    clock: () => new Date(Date.now() + skewMs),
  });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterEach(async () => {
  gateway.answer(well);
  await sql`update messages set status = 'cancelled' where status = 'queued' and channel = 'sms'`.execute(service.db);
  await service.request('POST', '/api/v1/channels/sms/resume/', { token: shop.staff });
  // A circuit that opened is closed by then.
  skewMs += 40_000;
});

afterAll(async () => {
  await service.stop();
  await gateway.stop();
});

interface LedgerRow {
  id: string;
  status: string;
  ambiguous: boolean;
  failure: string | null;
  waits: number;
  outcomes: string[];
  detail: string;
}

async function ledgerOf(order: string): Promise<LedgerRow | undefined> {
  const { rows: found } = await sql<LedgerRow>`
    select id, status, ambiguous, failure, extract(epoch from due_at - updated_at)::float8 as waits,
      array(select outcome from message_attempts where message_id = messages.id and outcome is not null order by attempt) as outcomes,
      (select detail from message_attempts where message_id = messages.id and outcome is not null
        order by attempt desc limit 1) as detail
    from messages where order_id = ${order} and channel = 'sms'`.execute(service.db);
  return found[0];
}

async function attempted({ answers, nigeria }: Pick<Row, 'answers' | 'nigeria'>): Promise<LedgerRow> {
  const [first = well, ...others] = answers;
  gateway.answer(first);
  const phone = `${nigeria ? '+234802' : '+254702'}${String(100_000 + phones++)}${nigeria ? '0' : ''}`;
  const order = (await shop.place(customer, [[product, 1]], { phone })).body.id;
  const ended = (count: number) =>
    eventually(
      `attempt ${count}`,
      async () => {
        const found = await ledgerOf(order);
        return found && found.outcomes.length === count && found;
      },
      15_000,
    );
  let found = await ended(1);
  for (const [index, answer] of others.entries()) {
    gateway.answer(answer);
    // And long enough for a circuit that opened.
    skewMs += found.waits * 1_000 + 31_000;
    found = await ended(index + 2);
  }
  return found;
}

async function attemptsOf(orders: string[]): Promise<number[]> {
  const { rows: found } = await sql<{ attempts: number }>`
    select attempts from messages where order_id = any(${orders}::uuid[]) and channel = 'sms'`.execute(service.db);
  return found.map(({ attempts }) => attempts);
}

test.each(rows)('$does: $status', async (row) => {
  const found = await attempted(row);
  expect(found.status).toBe(row.status);
  expect(found.outcomes.join(', ')).toBe(row.outcomes);
  expect(`${found.detail}; ${found.failure}`).toContain(row.reason);
  expect(found.ambiguous).toBe(row.ambiguous ?? false);
  if (row.status === 'failed') expect(found.failure).toContain(found.detail);
  if (row.again) {
    expect(found.waits).toBeGreaterThanOrEqual(row.again[0]);
    expect(found.waits).toBeLessThanOrEqual(row.again[1]);
  }
  const [sms] = await listChannels(service.db);
  if (row.paused) {
    expect(sms?.pause?.by).toBe('system');
    expect(sms?.pause?.until === null).toBe(row.paused === byStaff);
    await eventually('an alarm to staff', async () => {
      const { body } = await service.request('GET', '/sandbox/emails?to=staff@agizo.test');
      return body.some(
        (email: { subject: string }) => email.subject.startsWith('SMS is paused') && email.subject.includes(row.reason),
      );
    });
  } else {
    expect(sms?.pause).toBeNull();
  }
});

test('no answer at all, or one that drips, ends after ten seconds: ambiguous', async () => {
  const answers = [silence, drip];
  gateway.answer((response, sent) => answers.pop()?.(response, sent));
  const place = async () =>
    (await shop.place(customer, [[product, 1]], { phone: `+254703${String(100_000 + phones++)}` })).body.id;
  const orders = [await place(), await place()];
  for (const order of orders) {
    const found = await eventually(
      'the time-out',
      async () => {
        const each = await ledgerOf(order);
        return each?.outcomes.length === 1 && each;
      },
      15_000,
    );
    expect(found).toMatchObject({ status: 'queued', ambiguous: true, outcomes: ['ambiguous'] });
  }
}, 30_000);

test('a channel without credit resumes by itself once a message is accepted, and all that waited is sent', async () => {
  // What earlier tests left to be tried later would come due here, and be counted.
  await sql`update messages set status = 'cancelled' where status = 'queued'`.execute(service.db);
  gateway.answer(recipient(405, 'InsufficientBalance'));
  const phone = () => `+254704${String(100_000 + phones++)}`;
  const place = async () => (await shop.place(customer, [[product, 1]], { phone: phone() })).body.id;
  const first = await place();
  await eventually('the pause', async () => (await listChannels(service.db))[0]?.pause);
  const others = [await place(), await place(), await place()];
  const before = gateway.sent.length;
  // Still no credit when the first one finds out; the others don't.
  skewMs += 6 * minute * 1_000;
  await eventually('one message to find out', async () => gateway.sent.length > before);
  // Only then: a clock put forward while it is on its way would end its lease, and send it once more.
  await eventually('its outcome', async () => {
    const sending = await sql`select from messages where channel = 'sms' and status = 'sending'`.execute(service.db);
    return sending.rows.length === 0;
  });
  expect((await listChannels(service.db))[0]?.pause).not.toBeNull();
  gateway.answer(well);
  skewMs += 6 * minute * 1_000;
  for (const order of [first, ...others]) {
    await eventually('the SMS', async () => (await ledgerOf(order))?.status === 'sent');
  }
  expect((await listChannels(service.db))[0]?.pause).toBeNull();
  expect(gateway.sent.length).toBe(before + 1 + 4);
});

test('a gateway that is down keeps a backlog from burning its attempts, and gets it once it is back', async () => {
  gateway.answer(text(503, 'maintenance'));
  gateway.answerUser((response) => response.writeHead(503).end());
  const phone = () => `+254706${String(100_000 + phones++)}`;
  const place = async () => (await shop.place(customer, [[product, 1]], { phone: phone() })).body.id;
  const orders = await Promise.all(Array.from({ length: 30 }, place));
  const before = gateway.sent.length;
  let questions = 0;
  gateway.answerUser((response) => {
    questions += 1;
    response.writeHead(503).end();
  });
  // Each of the backlog has been tried once, at most.
  await eventually('nothing on its way', async () => {
    const found = await Promise.all(orders.map(ledgerOf));
    return found.every((each) => each?.status === 'queued') && found.some((each) => each?.outcomes.length === 1);
  });
  for (let round = 0; round < 10; round += 1) {
    const asked = questions;
    await eventually('the next question', () => {
      skewMs += 31_000;
      return questions > asked;
    });
  }
  expect(Math.max(...(await attemptsOf(orders)))).toBeLessThanOrEqual(2);
  expect(gateway.sent.length - before).toBeLessThanOrEqual(60);
  gateway.answer(well);
  gateway.answerUser((response) => response.end('{"UserData":{"balance":"KES 1000.00"}}'));
  skewMs += minute * 1_000;
  await eventually('all of it to go out', async () => {
    const found = await Promise.all(orders.map(ledgerOf));
    return found.every((each) => each?.status === 'sent');
  });
});

test('credit that runs low is told to staff once a day', async () => {
  gateway.answerUser((response) => response.end('{"UserData":{"balance":"KES 99.50"}}'));
  const told = async () => {
    const { body } = await service.request('GET', '/sandbox/emails?to=staff@agizo.test');
    return body.filter(({ subject }: { subject: string }) => subject === 'Credit for SMS is low: KES 99.5').length;
  };
  const asked = async () => {
    const question = new Promise<void>((resolve) => {
      gateway.answerUser((response) => {
        response.end('{"UserData":{"balance":"KES 99.50"}}');
        resolve();
      });
    });
    skewMs += 16 * minute * 1_000;
    await question;
  };
  await asked();
  await eventually('the alarm', async () => (await told()) === 1);
  await asked();
  await asked();
  expect(await told()).toBe(1);
});

test('docs/messages.md has the same table', () => {
  const page = readFileSync('docs/messages.md', 'utf8');
  for (const row of rows) {
    const cells = [row.does, row.outcomes, row.status + (row.paused ? `; the channel is paused ${row.paused}` : '')];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
  }
});
