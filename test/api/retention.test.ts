// Owns the facts about texts that are removed by age: what they said goes, that they were there stays.

import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { removeOldTexts } from '../../src/privacy/remove-old-texts.ts';
import { callBack } from '../support/callbacks.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';
import { textingOf } from '../support/texting.ts';

let service: Service | undefined;
const nextPhone = createPhones();
const dayMs = 24 * 60 * 60_000;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const countsOf = async ({ db }: Service) =>
  (
    await sql`select channel, kind, status, count(*), sum(attempts) from messages group by 1, 2, 3
      union all select '', command, '', count(*), 0 from incoming_messages group by 2 order by 1, 2`.execute(db)
  ).rows;

test('texts older than RETENTION_DAYS are removed while the shop goes on, and counts stay', async () => {
  let offsetMs = 0;
  const clock = () => new Date(Date.now() + offsetMs);
  const running = (service = await startService({ environment: { RETENTION_DAYS: '30' }, clock }));
  const shop = await openShop(running);
  let token = shop.staff;
  const staff = (path: string, method = 'GET') =>
    running.request(method, `/api/v1/${path}`, { token, ...(method === 'POST' && { body: {} }) });
  const wait = async (days: number) => {
    offsetMs = days * dayMs;
    token = await running.tokenFor('staff');
  };
  const [old, young] = [nextPhone(), nextPhone()];
  const product = (await shop.makeProduct()).id;
  const texting = textingOf(running);
  const smsOf = async (order: string) =>
    (await staff(`messages/?order=${order}&channel=sms`)).body.find(
      ({ kind }: { kind: string }) => kind === 'order-pending',
    );

  const first = (await shop.place(await running.tokenFor('wanjiku'), [[product, 1]], { phone: old })).body;
  await eventually('it is delivered', async () => (await smsOf(first.id))?.status === 'delivered');
  await texting.text('STATUS of my order for Njeri', old);
  await eventually('the answer is out', async () => (await texting.inbox(old)).length === 2);
  await wait(29);
  const second = (await shop.place(await running.tokenFor('wanjiku'), [[product, 1]], { phone: young })).body;
  await eventually('its SMS is written', async () => (await smsOf(second.id)) !== undefined);
  await texting.text('HELP', young);
  await eventually('nothing is under way', async () => {
    const { rows } =
      await sql`select from messages where status in ('queued', 'sending') or (status = 'sent' and channel = 'sms')`.execute(
        running.db,
      );
    return rows.length === 0;
  });
  const before = await countsOf(running);
  expect(await smsOf(first.id)).toMatchObject({ text: expect.stringContaining(first.code), text_removed_at: null });

  await wait(31);
  const removed = await eventually('the old text is removed', async () => {
    const sms = await smsOf(first.id);
    return sms.text_removed_at !== null && sms;
  });
  const [text] = await eventually('what came in is removed', async () => {
    const { body } = await staff(`incoming-messages/?phone=${encodeURIComponent(old)}`);
    return body[0].text_removed_at !== null && body;
  });
  expect(removed).toMatchObject({
    text: '',
    recipient: old,
    status: 'delivered',
    kind: 'order-pending',
    attempt_count: 1,
  });
  expect((await staff(`messages/${removed.id}/`)).body.attempts).toMatchObject([
    { detail: '', provider_id: null, outcome: 'accepted', cost: { currency: 'KES' }, report: 'Success' },
  ]);
  expect(text).toMatchObject({ text: '', sender: old, command: 'status', order: first.id });
  expect(await smsOf(second.id)).toMatchObject({ text: expect.stringContaining(second.code), text_removed_at: null });
  expect((await staff(`incoming-messages/?phone=${encodeURIComponent(young)}`)).body[0]).toMatchObject({
    text: 'HELP',
  });
  expect(await countsOf(running)).toEqual(before);
  expect(await staff(`messages/${removed.id}/resend/`, 'POST')).toMatchObject({
    ...{ status: 409, body: { detail: expect.stringContaining('Its text was removed') } },
  });
});

test('thousands go in batches, each once, and what still waits is not sent without its text', async () => {
  const running = (service = await startService({ worker: false }));
  const { db } = running;
  await sql`
    insert into messages (id, channel, kind, recipient, body, status, due_at, created_at, updated_at)
    select ('01800000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'sms', 'reply-help', '+254702010000', 'Help is near',
      case when n = 700 then 'queued' when n = 1200 then 'sending' else 'sent' end, case when n = 1200 then now() + interval '1 minute' else now() end,
      now(), now() from generate_series(1, 1300) as n`.execute(db);
  await callBack(running, 'incoming', { id: 'young', from: '+254702010001', to: '22384', text: 'HELP' });
  const step = removeOldTexts({ db, clock: () => new Date(), retentionDays: 7 });
  const left = async () =>
    (await sql<{ id: number }>`select count(*)::int as id from messages where body <> ''`.execute(db)).rows[0]?.id;
  const went: [boolean, number | undefined][] = [];
  for (let time = 0; time < 3; time++) went.push([await step(), await left()]);
  // Behind the one that is being sent nothing is removed: it is passed once it has ended.
  expect(went).toEqual([
    [true, 800],
    [true, 300],
    [false, 101],
  ]);
  expect((await sql`select status, failure from messages where status = 'cancelled'`.execute(db)).rows).toEqual([
    { status: 'cancelled', failure: 'its text was removed by age' },
  ]);
  await sql`update messages set status = 'sent' where status = 'sending'`.execute(db);
  expect(await removeOldTexts({ db, clock: () => new Date(), retentionDays: 7 })()).toBe(false);
  expect(await left()).toBe(0);
  expect((await sql`select body from incoming_messages`.execute(db)).rows).toEqual([{ body: 'HELP' }]);
});
