// Owns the facts about erasing a customer: nothing that was theirs is found anywhere, the books and everybody else stay.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callBack } from '../support/callbacks.ts';
import { dumpOf, holding } from '../support/dump.ts';
import { createPhones } from '../support/phones.ts';
import { type Answer, eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { type Texting, textingOf } from '../support/texting.ts';

let service: Service;
let shop: Shop;
let texting: Texting;
let product: string;
const log: string[] = [];
const nextPhone = createPhones();

beforeAll(async () => {
  service = await startService({ log: { write: (line: string) => void log.push(line) } });
  shop = await openShop(service);
  texting = textingOf(service);
  product = (await shop.makeProduct({ stock: 1_000 })).id;
});
afterAll(() => service.stop());

const asStaff = (method: string, path: string, body?: object) =>
  service.request(method, path, { token: shop.staff, ...(body && { body }) });
const me = (token: string, method: string, path = '', body?: object) =>
  service.request(method, `/api/v1/customers/me/${path}`, { token, ...(body && { body }) });
const place = async (token: string, phone: string, key?: string): Promise<Answer['body']> => {
  const placed = await shop.place(token, [[product, 2]], { phone, ...(key !== undefined && { key }) });
  expect(placed.status, JSON.stringify(placed.body)).toBe(201);
  return placed.body;
};
const moveOn = async (order: string, ...statuses: string[]) => {
  for (const status of statuses) {
    const moved = await asStaff('PATCH', `/api/v1/orders/${order}/`, { status, note: `Mzee Kiprotich: ${status}` });
    expect(moved.status).toBe(200);
  }
};
const smsOf = (order: string, kind: string, status: RegExp) =>
  eventually(`${kind} is ${status}`, async () => {
    const found = (await asStaff('GET', `/api/v1/messages/?order=${order}&kind=${kind}`)).body[0];
    return found && status.test(found.status) && found;
  });
const erased = (customer: string) =>
  eventually(`${customer} is erased`, async () => {
    const { body } = await asStaff('GET', `/api/v1/customers/${customer}/erasure/`);
    return body.erased_at !== null && body;
  });
const formsOf = (phone: string) => [phone, phone.slice(1), `0${phone.slice(4)}`, phone.slice(4)];
const rowsOf = async (query: ReturnType<typeof sql<{ row: string }>>) =>
  (await query.execute(service.db)).rows.map(({ row }) => row);

/** What the books say: orders, lines and amounts by product and day, and the stock. */
const books = () =>
  rowsOf(sql<{ row: string }>`
    select concat_ws(' ', product_id, created_at::date, status, count(*), sum(quantity), sum(order_lines.total_minor), sum(orders.total_minor)) as row
    from orders join order_lines on order_id = orders.id group by product_id, created_at::date, status
    union all select stock::text from stock order by 1`);

/** Everything that is held on another customer. */
const heldOn = (customer: string, phone: string) =>
  rowsOf(sql<{ row: string }>`
    select c::text as row from customers c where id = ${customer} union all select w::text from customer_words w where customer_id = ${customer}
    union all select o::text from orders o where customer_id = ${customer}
    union all select e::text from order_events e join orders on orders.id = order_id where customer_id = ${customer}
    union all select m::text from messages m where recipient = ${phone} union all select i::text from incoming_messages i where sender = ${phone}
    union all select a::text from message_attempts a join messages m on m.id = message_id where recipient = ${phone}
    union all select n::text from customer_phone_numbers n where phone_number = ${phone}
    union all select p::text from opt_outs p where phone_number = ${phone} union all select v::text from customer_vocabulary v where word = 'zephania'
    order by 1`);

test('after a life full of everything nothing of it is found in a dump of the database, nor in the log', async () => {
  const token = await service.tokenFor('zephania.kiprotich');
  const [shown, ordered, silent, stopped] = [nextPhone(), nextPhone(), nextPhone(), nextPhone()];
  const details = { email: 'zeph.private@example.com', address: 'Plot 77, Kilimani Heights', phonenumber: shown };
  expect((await me(token, 'PATCH', '', { name: 'Zephania Kiprotich Arap-Moss', ...details })).status).toBe(200);

  const other = await service.tokenFor('zephania.otieno');
  const others = nextPhone();
  await smsOf((await place(other, others)).id, 'order-pending', /sent|delivered/);
  await texting.text('STATUS', others);
  await texting.text('STOP', others);

  const first = await place(token, ordered, 'zephania-1');
  await smsOf(first.id, 'order-pending', /sent|delivered/);
  await texting.text('STATUS', ordered);
  await texting.text('Mimi ni Zephania wa Kilimani', ordered);
  await texting.text('HELP', ordered);
  await eventually('all is sent', async () => {
    const { rows } = await sql`select from messages where channel = 'sms' and status in ('queued', 'sending')`.execute(
      service.db,
    );
    return rows.length === 0;
  });
  await service.request('POST', '/sandbox/faults', { body: { sms: { status_code: 403, times: 1 } } });
  await moveOn(first.id, 'confirmed');
  const failed = await smsOf(first.id, 'order-confirmed', /failed/);
  await sql`update message_attempts set detail = ${`Kiprotich at ${ordered} is not reached`}, report_reason = 'Arap'
    where message_id = ${failed.id}`.execute(service.db);
  await asStaff('POST', `/api/v1/messages/${failed.id}/resend/`, { note: 'Kiprotich called' });
  await moveOn(first.id, 'dispatched', 'completed');
  await smsOf(first.id, 'order-completed', /sent|delivered/);
  const note = { text: 'Mzee Kiprotich wants it at Kilimani' };
  const headers = { 'idempotency-key': 'a note' };
  const noted = { token: shop.staff, body: note, headers };
  expect((await service.request('POST', `/api/v1/orders/${first.id}/notes/`, noted)).status).toBe(201);
  const second = await place(token, ordered);
  await texting.text(`CANCEL ${second.code}`, ordered);
  await texting.text('YES', ordered);
  await smsOf(second.id, 'order-cancelled', /sent|delivered/);
  const third = await place(token, stopped);
  await smsOf(third.id, 'order-pending', /sent|delivered/);
  await texting.text('STOP', stopped);
  await asStaff('PUT', `/api/v1/opt-outs/${encodeURIComponent(silent)}/`, { note: 'Kiprotich asked by phone' });
  await me(token, 'PATCH', '', { phonenumber: silent });
  await sql`insert into jobs (id, kind, payload, run_at, attempts, last_error, failed_at, created_at)
    values (gen_random_uuid(), 'orders-changed', '{}', now(), 12, ${`Error: no room for ${ordered}`}, now(), now())`.execute(
    service.db,
  );

  const { body: customer } = await me(token, 'GET');
  const open = await me(token, 'DELETE');
  expect(open).toMatchObject({
    status: 409,
    body: { orders: [{ id: third.id, code: third.code, status: 'pending' }] },
  });
  await moveOn(third.id, 'confirmed', 'dispatched', 'completed');
  await smsOf(third.id, 'order-completed', /cancelled/);

  const needles = ['zephania.kiprotich', 'kiprotich', 'arap', 'moss', 'zeph.private', 'kilimani', 'plot 77'];
  const phones = [shown, ordered, silent, stopped].flatMap(formsOf);
  const before = {
    books: await books(),
    others: await heldOn((await me(other, 'GET')).body.id, others),
  };
  expect(new Set(holding(await dumpOf(service.db), [...needles, ...phones]).map((row) => row.split(':')[0]))).toEqual(
    new Set([
      ...['audit_trail', 'customer_phone_numbers', 'customer_vocabulary', 'customer_words', 'customers', 'jobs'],
      ...['incoming_messages', 'message_attempts', 'messages', 'opt_outs', 'order_events', 'orders'],
    ]),
  );

  for (let time = 0; time < 2; time++) expect((await me(token, 'DELETE')).status).toBe(204);
  await erased(customer.id);
  expect(holding(await dumpOf(service.db), [...needles, ...phones])).toEqual([]);
  expect(log).not.toEqual([]);
  expect(holding(log, [...needles, ...phones])).toEqual([]);
  expect(await books()).toEqual(before.books);
  expect(await heldOn((await me(other, 'GET')).body.id, others)).toEqual(before.others);

  const { body: order } = await asStaff('GET', `/api/v1/orders/${first.id}/?expand=events`);
  expect(order.customer).toMatchObject({
    id: customer.id,
    name: 'Erased customer',
    phonenumber: '',
    email: '',
    address: '',
  });
  expect(order.items).toEqual(first.items);
  expect((await asStaff('GET', `/api/v1/messages/${failed.id}/`)).body).toMatchObject({
    ...{ recipient: 'erased', text: '', text_removed_at: expect.any(String), failure: 'its customer was erased' },
    attempts: [{ outcome: 'permanent', detail: '', provider_id: null }],
  });
  const { body: messages } = await asStaff('GET', `/api/v1/messages/?order=${first.id}&kind=order-pending`);
  expect(await asStaff('POST', `/api/v1/messages/${messages[0].id}/resend/`, {})).toMatchObject({
    ...{ status: 409, body: { detail: expect.stringContaining('Its text was removed') } },
  });
  expect(holding(await dumpOf(service.db), [customer.user])).toEqual([expect.stringContaining('request_counts')]);
});

test('whoever was erased and signs in again is a new customer, whose number still gets no SMS', async () => {
  const token = await service.tokenFor('returning');
  const phone = nextPhone();
  const { id } = await place(token, phone, 'the same key');
  await texting.text('STOP', phone);
  const before = (await me(token, 'GET')).body;
  expect((await me(token, 'DELETE', '?cancel_open=true')).status).toBe(204);
  await erased(before.id);

  const again = await place(token, phone, 'the same key');
  expect(again.id).not.toBe(id);
  expect(again.customer.id).not.toBe(before.id);
  expect((await service.request('GET', '/api/v1/orders/', { token })).body).toHaveLength(1);
  expect((await service.request('GET', `/api/v1/orders/${id}/`, { token })).status).toBe(404);
  expect(await smsOf(again.id, 'order-pending', /cancelled/)).toMatchObject({ failure: 'the customer wants no SMS' });
  const kept = await asStaff('GET', `/api/v1/opt-outs/?phone=${encodeURIComponent(phone)}`);
  expect(kept.body).toEqual([
    { phone_number: expect.stringMatching(/^[0-9a-f]{64}$/), source: 'sms', created_at: expect.any(String) },
  ]);
  expect(await texting.text('START', phone)).toMatchObject({
    answer: expect.stringContaining('SMS about your orders again'),
  });
  expect((await asStaff('GET', `/api/v1/opt-outs/?phone=${encodeURIComponent(phone)}`)).body).toEqual([]);

  const soon = await me(token, 'DELETE', '?cancel_open=true');
  expect(soon).toMatchObject({ status: 429, body: { type: expect.stringContaining('erased-lately') } });
  expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(86_000);
});

test('open orders are cancelled where that is asked for and allowed, and else stand in the way', async () => {
  const token = await service.tokenFor('busy.buyer');
  const phone = nextPhone();
  const [pending, confirmed] = [await place(token, phone), await place(token, phone)];
  await moveOn(confirmed.id, 'confirmed');
  const { id } = (await me(token, 'GET')).body;
  const stock = await shop.stockOf(product);
  expect(await me(token, 'DELETE', '?cancel_open=true')).toMatchObject({
    ...{ status: 409, body: { detail: `${confirmed.code} is confirmed.`, orders: [{ id: confirmed.id }] } },
  });
  expect((await service.request('GET', `/api/v1/orders/${pending.id}/`, { token })).body.status).toBe('pending');

  expect((await asStaff('DELETE', `/api/v1/customers/${id}/`)).body.orders).toHaveLength(2);
  for (let time = 0; time < 2; time++) {
    expect((await asStaff('DELETE', `/api/v1/customers/${id}/?cancel_open=true`)).status).toBe(204);
  }
  await erased(id);
  expect(await shop.stockOf(product)).toBe(Number(stock) + 4);
  expect((await asStaff('GET', `/api/v1/customers/${id}/`)).body).toMatchObject({
    name: 'Erased customer',
    phonenumber: '',
  });
  await eventually('all jobs are done', async () => {
    const { rows } = await sql`select from jobs where failed_at is null`.execute(service.db);
    return rows.length === 0;
  });
  expect(await texting.smsAbout(pending.id)).toEqual([expect.objectContaining({ kind: 'order-pending' })]);
  const { rows: trail } = await sql`select action, subject_id, actor_user_id, actor_name, note, changes from audit_trail
    where subject_type = 'customer' and subject_id = ${id}`.execute(service.db);
  const staff = (await asStaff('GET', '/api/v1/me/')).body.user;
  expect(trail).toEqual([
    { action: 'erased', subject_id: id, actor_user_id: staff, actor_name: 'Staff', note: '', changes: {} },
  ]);
});

test('what is about a number that another customer has too is theirs', async () => {
  const phone = nextPhone();
  const [leaving, staying] = await Promise.all([service.tokenFor('leaving'), service.tokenFor('staying')]);
  const order = await place(staying, phone);
  const gone = await place(leaving, phone);
  await texting.text('HELP', phone);
  await texting.text(`STATUS ${gone.code}`, phone);
  await texting.text('STOP', phone);
  await moveOn(gone.id, 'confirmed', 'dispatched', 'completed');
  const { id } = (await me(leaving, 'GET')).body;
  expect((await me(leaving, 'DELETE')).status).toBe(204);
  await erased(id);
  expect((await asStaff('GET', `/api/v1/messages/?order=${order.id}&channel=sms`)).body[0].recipient).toBe(phone);
  expect((await asStaff('GET', `/api/v1/messages/?order=${gone.id}&channel=sms`)).body[0].recipient).toBe('erased');
  const texts = await asStaff('GET', `/api/v1/incoming-messages/?phone=${encodeURIComponent(phone)}`);
  expect(texts.body.map(({ text }: { text: string }) => text)).toEqual(['STOP', 'HELP']);
  expect((await asStaff('GET', `/api/v1/opt-outs/?phone=${encodeURIComponent(phone)}`)).body[0].phone_number).toBe(
    phone,
  );
});

test('nobody is told whether somebody was there', async () => {
  expect((await me(await service.tokenFor('never.seen'), 'DELETE')).status).toBe(204);
  expect((await asStaff('DELETE', '/api/v1/customers/0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2/')).status).toBe(404);
  expect((await callBack(service, 'delivery', { id: 'ATXid_of_somebody_erased', status: 'Success' })).status).toBe(200);
});
