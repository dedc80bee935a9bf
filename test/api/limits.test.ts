// Owns the facts about what waits although nothing is wrong, over HTTP and SMTP: digests, the budget, and SMS to one number.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
/** Ten seconds into a minute at noon in Nairobi. */
let skewMs = Date.parse('2026-11-26T09:00:10Z') - Date.now();

beforeAll(async () => {
  service = await startService({
    environment: {
      ADMIN_EMAILS: 'one@agizo.test, two@agizo.test',
      EMAILS_PER_MINUTE: '5',
      SMS_PER_NUMBER: '4',
      SMS_DAILY_BUDGET: 'KES 100',
    },
    clock: () => new Date(Date.now() + skewMs),
  });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});

afterEach(() => service.request('DELETE', '/sandbox/faults'));
afterAll(() => service.stop());

const nextPhone = createPhones();
const place = async (phone = nextPhone()) => (await shop.place(customer, [[product, 1]], { phone })).body;

interface LedgerRow {
  id: string;
  channel: string;
  kind: string;
  recipient: string;
  status: string;
  heldFor: string | null;
  digestId: string | null;
  failure: string | null;
}

async function ledger(where: ReturnType<typeof sql>): Promise<LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`
    select id, channel, kind, recipient, status, held_for as "heldFor", digest_id as "digestId", failure
    from messages where ${where} order by id`.execute(service.db);
  return rows;
}

async function emailsTo(address: string): Promise<{ subject: string; text: string; html: string }[]> {
  return (await service.request('GET', `/sandbox/emails?to=${address}`)).body;
}

const unsent = () => ledger(sql`channel = 'email' and status in ('queued', 'sending')`);

/** True when so many e-mails are left and each waits for a digest: as many may be left before any was looked at. */
async function areHeld(count: number): Promise<boolean> {
  const waiting = await unsent();
  return waiting.length === count && waiting.every(({ heldFor }) => heldFor === 'digest');
}

test('past the rate, e-mails about new orders become one digest a minute: each order in exactly one, for each of the staff', async () => {
  const orders = await Promise.all(Array.from({ length: 30 }, () => place()));
  await eventually('what is over the rate to wait', () => areHeld(50));
  skewMs += 60_000;
  await eventually('all of it to go out', async () => (await unsent()).length === 0);
  for (const address of ['one@agizo.test', 'two@agizo.test']) {
    const emails = await emailsTo(address);
    const subjects = emails.map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject === '25 new orders, KES 5,000')).toHaveLength(1);
    expect(subjects.filter((subject) => subject.startsWith('New order '))).toHaveLength(5);
    expect(subjects).toHaveLength(6);
    for (const { code } of orders) {
      expect(emails.filter(({ text }) => text.includes(code))).toHaveLength(1);
      expect(emails.filter(({ html }) => html.includes(code))).toHaveLength(1);
    }
  }
  const digests = await ledger(sql`kind = 'order-digest'`);
  expect(new Map(digests.map(({ recipient, status }) => [recipient, status]))).toEqual(
    new Map([
      ['one@agizo.test', 'sent'],
      ['two@agizo.test', 'sent'],
    ]),
  );
  expect(digests).toHaveLength(2);
  for (const { id, recipient } of digests) {
    const told = await ledger(sql`digest_id = ${id}`);
    expect(told.map((each) => [each.recipient, each.status, each.kind])).toEqual(
      Array.from({ length: 25 }, () => [recipient, 'sent', 'new-order']),
    );
  }
});

test('a digest that is refused for good fails what it tells of, and others get theirs', async () => {
  skewMs += 120_000;
  await service.request('POST', '/sandbox/faults', {
    body: { mail: { recipients: ['one@agizo.test'], reply_code: 550 } },
  });
  const orders = await Promise.all(Array.from({ length: 8 }, () => place()));
  const ids = orders.map(({ id }) => id);
  await eventually('what is over the rate to wait', () => areHeld(6));
  skewMs += 60_000;
  const rows = await eventually('the ends', async () => {
    const found = await ledger(sql`channel = 'email' and order_id = any(${ids}::uuid[])`);
    return found.every(({ status }) => status === 'sent' || status === 'failed') && found;
  });
  expect(rows).toHaveLength(16);
  for (const { recipient, status } of rows) expect(status).toBe(recipient === 'one@agizo.test' ? 'failed' : 'sent');
  for (const { code } of orders) {
    expect((await emailsTo('two@agizo.test')).filter(({ text }) => text.includes(code))).toHaveLength(1);
  }
});

test.each([
  ['a mailbox that is full for now', { stage: 'rcpt_to', reply_code: 452, times: 1 }, 'retry, accepted', 'sent'],
  ['a server that refuses connections', { refuse_connections: true, times: 1 }, 'unavailable, accepted', 'sent'],
  ['a server that is closing', { stage: 'data', reply_code: 421, times: 1 }, 'unavailable, accepted', 'sent'],
  ['content that is refused for good', { stage: 'data', reply_code: 554, times: 1 }, 'permanent', 'failed'],
])('%s: %s', async (_what, mail, outcomes, status) => {
  skewMs += 120_000;
  await service.request('POST', '/sandbox/faults', { body: { mail: {} } });
  // A connection of the pool that is open would not be refused.
  if ('refuse_connections' in mail) await service.request('POST', '/sandbox/faults', { body: { mail } });
  await service.request('POST', '/sandbox/faults', { body: { mail } });
  const { id } = await place();
  const ends = await eventually('both ends', async () => {
    const { rows } = await sql<{ status: string; outcomes: string }>`
      select status, (select string_agg(outcome, ', ' order by attempt) from message_attempts
        where message_id = messages.id) as outcomes
      from messages where channel = 'email' and order_id = ${id}`.execute(service.db);
    return rows.every((row) => row.status === 'sent' || row.status === 'failed') && rows.length === 2 && rows;
  });
  expect(ends.map((row) => row.outcomes).toSorted()).toEqual(['accepted', outcomes].toSorted());
  expect(ends.map((row) => row.status).toSorted()).toEqual(['sent', status].toSorted());
});

test('an address of ours that the server refuses pauses e-mail, and fails nobody', async () => {
  skewMs += 120_000;
  await service.request('POST', '/sandbox/faults', { body: { mail: { stage: 'mail_from', reply_code: 550 } } });
  const { id } = await place();
  await eventually('the pause', async () => {
    const { rows } = await sql<{ reason: string }>`
      select reason from channels where channel = 'email' and paused_until is not null`.execute(service.db);
    return rows[0]?.reason === 'SMTP 550';
  });
  await service.request('DELETE', '/sandbox/faults');
  skewMs += 6 * 60_000;
  await eventually('both e-mails', async () => {
    const found = await ledger(sql`channel = 'email' and order_id = ${id}`);
    return found.every(({ status }) => status === 'sent');
  });
});

test('at most so many SMS an hour go to one number, those of one customer leave room for another’s, and what is over says why', async () => {
  const phone = nextPhone();
  for (let count = 0; count < 4; count += 1) await place(phone);
  const statuses = async () => {
    const found = await ledger(sql`channel = 'sms' and recipient = ${phone}`);
    return found.map(({ status, heldFor }) => heldFor ?? status).join();
  };
  // A delivery counts from when it is reported.
  await eventually('three to be delivered and one to wait', async () => {
    return (await statuses()) === 'delivered,delivered,delivered,number-limit';
  });
  await shop.place(await service.tokenFor('owner'), [[product, 1]], { phone });
  await eventually('the owner’s own', async () => {
    return (await statuses()) === 'delivered,delivered,delivered,number-limit,delivered';
  });
  skewMs += 61 * 60_000;
  await eventually('the fourth', async () => {
    return (await statuses()) === 'delivered,delivered,delivered,delivered,delivered';
  });
  const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
  expect(body).toHaveLength(5);
});

test('what was on its way when a worker died is not held for a limit: it goes out again, and is marked', async () => {
  skewMs += 120_000;
  const phone = nextPhone();
  const orders = [];
  // Past both limits: of SMS to the number, and of e-mails to each of the staff.
  for (let count = 0; count < 6; count += 1) orders.push(await place(phone));
  const last = orders.at(-1)?.id;
  const heldOf = sql`order_id = ${last} and held_for in ('number-limit', 'digest')`;
  await eventually('the last to be held', async () => (await ledger(heldOf)).length === 3);
  await sql`
    with taken as (
      update messages set status = 'sending', attempts = 1, held_for = null, due_at = ${new Date(Date.now() + skewMs - 1_000)}
      where ${heldOf} returning id
    ) insert into message_attempts (message_id, attempt, started_at) select id, 1, now() from taken`.execute(
    service.db,
  );
  const rows = await eventually('the ends', async () => {
    const { rows: found } = await sql<{
      status: string;
      ambiguous: boolean;
      attempts: number;
      digest_id: string | null;
    }>`
      select status, ambiguous, attempts, digest_id from messages where order_id = ${last}`.execute(service.db);
    return found.every(({ status }) => status === 'sent' || status === 'delivered') && found;
  });
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatchObject({ ambiguous: true, attempts: 2, digest_id: null });
});

test('once the budget is spent, SMS wait for midnight, a later one takes the place of one that waits, and staff are told once', async () => {
  const { id } = await place();
  await eventually('the first to be sent', async () => {
    const [found] = await ledger(sql`channel = 'sms' and order_id = ${id}`);
    return found?.status === 'sent' || found?.status === 'delivered';
  });
  await sql`update message_costs set amount = 100`.execute(service.db);
  const smsOf = async (status: string) =>
    (await ledger(sql`channel = 'sms' and order_id = ${id} and kind = ${`order-${status}`}`))[0];
  for (const status of ['confirmed', 'dispatched', 'completed']) {
    skewMs += 61 * 60_000;
    await service.request('PATCH', `/api/v1/orders/${id}/`, { token: shop.staff, body: { status } });
    await eventually('it to be held', async () => (await smsOf(status))?.heldFor === 'budget');
  }
  for (const status of ['confirmed', 'dispatched']) {
    expect(await smsOf(status)).toMatchObject({ status: 'cancelled', failure: 'a later SMS tells of it' });
  }
  await eventually('the alarm', async () => {
    const alarms = (await emailsTo('one@agizo.test')).filter(({ subject }) => subject.includes('budget'));
    return alarms.length === 1;
  });
  skewMs += 12 * 60 * 60_000;
  await eventually('the next day', async () => {
    const found = await smsOf('completed');
    return found?.status === 'sent' || found?.status === 'delivered';
  });
  expect(await ledger(sql`kind = 'alarm-budget'`)).toHaveLength(2);
});
