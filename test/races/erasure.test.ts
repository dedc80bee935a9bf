// Owns the facts about erasing a customer at the same moment as something else happens to them.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finishErasures } from '../../src/privacy/finish-erasure.ts';
import { dumpOf, holding } from '../support/dump.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
const nextPhone = createPhones();

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
});
afterAll(() => service.stop());

const me = (token: string, method: string, query = '') =>
  service.request(method, `/api/v1/customers/me/${query}`, { token });
const erased = (customer: string) =>
  eventually(`${customer} is erased`, async () => {
    const path = `/api/v1/customers/${customer}/erasure/`;
    return (await service.request('GET', path, { token: shop.staff })).body.erased_at;
  });

test('orders that are placed while their customer is erased are cancelled with them, or those of a new customer', async () => {
  const product = (await shop.makeProduct({ stock: 1_000 })).id;
  const token = await service.tokenFor('racing');
  const phone = nextPhone();
  expect((await shop.place(token, [[product, 1]], { phone })).status).toBe(201);
  const old = (await me(token, 'GET')).body;

  const placing = Array.from({ length: 24 }, async (_, index) => {
    await new Promise((done) => setTimeout(done, index * 3));
    return shop.place(token, [[product, 1]], { phone });
  });
  const [erasing, placed] = await Promise.all([me(token, 'DELETE', '?cancel_open=true'), Promise.all(placing)]);
  expect([erasing.status, new Set(placed.map(({ status }) => status))]).toEqual([204, new Set([201])]);
  await erased(old.id);

  const { rows } = await sql<{
    customer_id: string;
    user_id: string;
    name: string;
    phone_number: string;
    status: string;
  }>`
    select customer_id, user_id, name, phone_number, status from orders where id = any (${placed.map(({ body }) => body.id)}::uuid[])`.execute(
    service.db,
  );
  expect(rows).toHaveLength(24);
  const kinds = new Set(rows.map((row) => JSON.stringify(row)));
  const [now] = (await sql<{ id: string }>`select id from customers where user_id = ${old.user}`.execute(service.db))
    .rows;
  for (const text of kinds) {
    const row = JSON.parse(text);
    if (row.customer_id === old.id)
      expect(row).toMatchObject({ name: 'Erased customer', phone_number: '', status: 'cancelled' });
    else expect(row).toMatchObject({ customer_id: now?.id, user_id: old.user, phone_number: phone, status: 'pending' });
  }
  expect(await shop.stockOf(product)).toBe(1_000 - rows.filter(({ status }) => status === 'pending').length);
});

test('an SMS that is being sent at that moment is waited for, and then erased with what the provider answers', async () => {
  const product = (await shop.makeProduct()).id;
  const token = await service.tokenFor('sending.now');
  const phone = nextPhone();
  await service.request('POST', '/sandbox/faults', { body: { sms: { delay_ms: 1_500 } } });
  const { body: order } = await shop.place(token, [[product, 1]], { phone });
  const message = () =>
    sql<{ status: string; recipient: string; provider_id: string | null; outcome: string }>`
      select messages.status, recipient, provider_id, outcome from messages join message_attempts on message_id = id
      where order_id = ${order.id} and channel = 'sms'`.execute(service.db);
  await eventually('it is being sent', async () => (await message()).rows[0]?.status === 'sending');
  expect((await me(token, 'DELETE', '?cancel_open=true')).status).toBe(204);
  expect((await message()).rows[0]).toMatchObject({ status: 'sending', recipient: phone });
  await erased(order.customer.id);
  await service.request('DELETE', '/sandbox/faults');
  expect((await message()).rows).toEqual([
    { status: expect.stringMatching(/sent|delivered/), recipient: 'erased', provider_id: null, outcome: 'accepted' },
  ]);
  expect(holding(await dumpOf(service.db), [phone, 'sending.now'])).toEqual([]);
});

test('who read the orders before they were erased is waited for', async () => {
  const token = await service.tokenFor('read.before');
  const product = (await shop.makeProduct()).id;
  const phone = nextPhone();
  const { body: order } = await shop.place(token, [[product, 1]], { phone });
  await eventually('its job is done', async () => (await sql`select from jobs`.execute(service.db)).rows.length === 0);
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  const reader = service.db.transaction().execute(async (trx) => {
    await sql`select pg_current_xact_id()`.execute(trx);
    const { rows } = await sql<{ name: string }>`select name from orders where id = ${order.id}`.execute(trx);
    await held;
    await sql`insert into incoming_messages (id, provider_id, sender, recipient, body, order_id, command, received_at, handled_at)
      values (gen_random_uuid(), 'late', ${phone}, '22384', ${`${rows[0]?.name} of old`}, ${order.id}, 'unknown', now(), now())`.execute(
      trx,
    );
  });
  expect((await me(token, 'DELETE', '?cancel_open=true')).status).toBe(204);
  const waiting = await eventually('it waits', async () => {
    const { rows } = await sql<{ payload: { mark?: string } }>`
      select payload from jobs where kind = 'customer-erased' and payload ->> 'mark' is not null`.execute(service.db);
    return rows[0];
  });
  expect(waiting.payload.mark).toMatch(/^\d+$/);
  release();
  await reader;
  await erased(order.customer.id);
  expect(holding(await dumpOf(service.db), [phone, 'read before'])).toEqual([]);
});

test('two who erase the same customer erase them once, and a job that comes twice does nothing', async () => {
  const token = await service.tokenFor('twice.erased');
  const { id } = (await me(token, 'GET')).body;
  const erase = () => service.request('DELETE', `/api/v1/customers/${id}/`, { token: shop.staff });
  const answers = await Promise.all([erase(), erase(), me(token, 'DELETE'), erase()]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  await erased(id);
  const entries = await sql`select from audit_trail where subject_type = 'customer' and subject_id = ${id}`.execute(
    service.db,
  );
  expect(entries.rows).toHaveLength(1);
  const again = finishErasures({ clock: () => new Date() });
  const job = { id, kind: 'customer-erased', payload: { customer: id, part: 'orders' }, attempts: 0 };
  await service.db.transaction().execute((trx) => again(trx, job));
  expect((await sql`select from jobs where kind = 'customer-erased'`.execute(service.db)).rows).toEqual([]);
});
