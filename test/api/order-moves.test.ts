// Owns the facts about who may make what of an order, as its answers say it and as it then turns out.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeStatus } from '../../src/orders/change-status.ts';
import { type OrderStatus, orderStatuses } from '../../src/orders/order.ts';
import { startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let issuer: TestIssuer;
let service: Service;
let shop: Shop;
let product: string;

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({ environment: trusting(issuer), worker: false });
  const permissions = ['catalog:write', 'orders:read', 'orders:manage'];
  shop = await openShop(service, await issuer.sign({ sub: 'auth0|boss', permissions }));
  product = (await shop.makeProduct()).id;
});

afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

const pathTo: Record<OrderStatus, OrderStatus[]> = {
  pending: [],
  confirmed: ['confirmed'],
  dispatched: ['confirmed', 'dispatched'],
  completed: ['confirmed', 'dispatched', 'completed'],
  cancelled: ['cancelled'],
};

const address = (id: string) => `/api/v1/orders/${id}/`;

async function orderThatIs(status: OrderStatus, token: string): Promise<string> {
  const { body } = await shop.place(token, [[product, 1]]);
  for (const step of pathTo[status]) {
    await service.request('PATCH', address(body.id), { token: shop.staff, body: { status: step } });
  }
  return body.id;
}

const callers: Record<string, (owner: string) => Promise<string>> = {
  'its customer': (owner) => Promise.resolve(owner),
  'staff who manage orders': () => Promise.resolve(shop.staff),
  'staff who only read orders': () => issuer.sign({ sub: 'auth0|clerk', permissions: ['orders:read'] }),
};

const expected: Record<string, Record<OrderStatus, OrderStatus[]>> = {
  'its customer': { pending: ['cancelled'], confirmed: [], dispatched: [], completed: [], cancelled: [] },
  'staff who manage orders': {
    pending: ['confirmed', 'cancelled'],
    confirmed: ['dispatched', 'cancelled'],
    dispatched: ['completed'],
    completed: [],
    cancelled: [],
  },
  'staff who only read orders': { pending: [], confirmed: [], dispatched: [], completed: [], cancelled: [] },
};

const cases = Object.keys(callers).flatMap((who) => orderStatuses.map((status) => [who, status] as const));

test.each(cases)('%s may make of an order that is %s what it says, and nothing else', async (who, status) => {
  const owner = await issuer.sign({ sub: 'auth0|wanjiku' });
  const token = (await callers[who]?.(owner)) ?? '';
  const id = await orderThatIs(status, owner);
  const allowed = expected[who]?.[status] ?? [];
  expect((await service.request('GET', address(id), { token })).body.allowed_moves).toEqual(allowed);
  const [listed] = (await service.request('GET', '/api/v1/orders/?limit=1', { token })).body;
  expect(listed).toMatchObject({ id, allowed_moves: allowed });

  for (const to of orderStatuses.filter((each) => !allowed.includes(each))) {
    const patched = await service.request('PATCH', address(id), { token, body: { status: to } });
    expect([403, 409]).toContain(patched.status);
  }
  if (!allowed.includes('cancelled')) {
    expect([404, 409]).toContain((await service.request('DELETE', address(id), { token })).status);
  }
  const made = allowed[0];
  if (!made) return;
  const answer =
    made === 'cancelled'
      ? await service.request('DELETE', address(id), { token })
      : await service.request('PATCH', address(id), { token, body: { status: made } });
  expect(answer.body).toMatchObject({ status: made, allowed_moves: expected[who]?.[made] });
});

test('a change by a process whose clock is behind stands after the one that it follows', async () => {
  const owner = await issuer.sign({ sub: 'auth0|otieno' });
  const id = await orderThatIs('confirmed', owner);
  const { db, newId } = service;
  const author = { actor: 'staff', via: 'api' } as const;
  const deps = { db, newId, clock: () => new Date('2020-01-01'), listeners: [] };
  await changeStatus(deps, { orderId: id, to: 'dispatched', author });
  const { events } = (await service.request('GET', `${address(id)}?expand=events`, { token: owner })).body;
  expect(events.map((event: { status: string }) => event.status)).toEqual(['pending', 'confirmed', 'dispatched']);
  const times = events.map((event: { created_at: string }) => event.created_at);
  expect(times).toEqual(times.toSorted());
});
