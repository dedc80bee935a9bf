// Owns the facts about what people are given of all that is held on them: all of theirs, and nobody else's.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { holding } from '../support/dump.ts';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { textingOf } from '../support/texting.ts';

let service: Service;
let shop: Shop;
let product: { id: string; name: string };
const nextPhone = createPhones();

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  product = await shop.makeProduct({ name: 'Copper kettle', stock: 1_000 });
});
afterAll(() => service.stop());

const dataOf = (token: string, whose = 'me') => service.request('GET', `/api/v1/customers/${whose}/data/`, { token });

test('a customer gets the record, orders with lines, events, SMS, attempts and texts, numbers and opt-outs', async () => {
  const token = await service.tokenFor('wambui.kariuki');
  const [phone, changed] = [nextPhone(), nextPhone()];
  const other = await service.tokenFor('other.buyer');
  const others = await shop.place(other, [[product.id, 1]], { phone: nextPhone() });
  const { body: order } = await shop.place(token, [[product.id, 3]], { phone });
  const body = { status: 'confirmed', note: 'Paid by M-Pesa' };
  await service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body });
  const texting = textingOf(service);
  await texting.text(`Status ${order.code}`, phone);
  await eventually('all SMS are delivered', async () => {
    const path = `/api/v1/messages/?order=${order.id}&channel=sms&status=delivered`;
    return (await service.request('GET', path, { token: shop.staff })).body.length === 3;
  });
  await texting.text('STOP', phone);
  const edit = { phonenumber: changed, address: 'Ngong Road 12', language: 'sw' };
  const { body: me } = await service.request('PATCH', '/api/v1/customers/me/', { token, body: edit });

  const answer = await dataOf(token);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toMatch(
    /^attachment; filename="personal-data-\d{4}-\d\d-\d\d\.json"$/,
  );
  expect(answer.headers.get('cache-control')).toBe('private, no-store');
  expect(answer.body).toMatchObject({
    customer: { ...me, address: 'Ngong Road 12', language: 'sw', created_at: expect.any(String) },
    sign_in: { issuer: `${service.url}/`, subject: expect.stringMatching(/^auth0\|/) },
    phone_numbers: [phone, changed],
    opt_outs: [{ phone_number: phone, source: 'sms' }],
    changes: [],
    orders: [
      {
        ...{ id: order.id, code: order.code, status: 'confirmed', total_amount: 600 },
        items: [{ name: 'Copper kettle', quantity: 3, total: 600 }],
        customer: { name: 'Wambui Kariuki', phonenumber: phone },
        events: [{ status: 'pending' }, { status: 'confirmed', note: 'Paid by M-Pesa' }],
        texts: [{ sender: phone, text: `Status ${order.code}`, command: 'status' }],
        changes: [{ action: 'changed', changes: { status: ['pending', 'confirmed'] } }],
      },
    ],
  });
  const sms = answer.body.orders[0].events.flatMap(({ messages }: { messages: { kind: string }[] }) => messages);
  expect(sms.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual([
    ...['order-confirmed', 'order-pending', 'reply-status'],
  ]);
  for (const each of sms) {
    expect(each).toMatchObject({
      recipient: phone,
      text: expect.stringContaining(order.code),
      attempts: [{ report: 'Success' }],
    });
  }
  const text = JSON.stringify(answer.body);
  expect(holding([text], ['staff@agizo.test', 'other', others.body.code])).toEqual([]);
  expect((await dataOf(shop.staff, me.id)).body.orders[0].id).toBe(order.id);
});

test('many orders come whole and in order, with all numbers that they were placed with in the same moment', async () => {
  const token = await service.tokenFor('many.orders');
  const placed = await Promise.all(
    Array.from({ length: 45 }, () => shop.place(token, [[product.id, 1]], { phone: nextPhone() })),
  );
  const { body } = await dataOf(token);
  const ids = body.orders.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(placed.map((answer) => answer.body.id as string).toSorted());
  expect(body.phone_numbers).toHaveLength(45);
});

test('of whom nothing is held there is nothing, and nothing begins', async () => {
  const token = await service.tokenFor('unknown.here');
  for (let time = 0; time < 2; time++) {
    expect((await dataOf(token)).body).toEqual({
      ...{ exported_at: expect.any(String), customer: null, sign_in: null },
      ...{ phone_numbers: [], opt_outs: [], changes: [], orders: [] },
    });
  }
  expect((await dataOf(shop.staff, '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2')).status).toBe(404);
});

test('a number that somebody else has too tells nothing of their opt-out, nor of what was texted from it', async () => {
  const phone = nextPhone();
  const [first, second] = [await service.tokenFor('first.owner'), await service.tokenFor('second.owner')];
  await shop.place(first, [[product.id, 1]], { phone });
  const texting = textingOf(service);
  await texting.text('Nitakuja kesho', phone);
  await texting.text('STOP', phone);
  await shop.place(second, [[product.id, 1]], { phone });
  const { body } = await dataOf(second);
  expect(body).toMatchObject({ phone_numbers: [phone], opt_outs: [] });
  expect(holding([JSON.stringify(body)], ['kesho', 'First'])).toEqual([]);
});
