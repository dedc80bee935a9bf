// Owns the facts about who is told that orders changed: each who listens by a job of their own, once a group.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeStatus } from '../../src/orders/change-status.ts';
import type { Placement } from '../../src/orders/decide-placements.ts';
import { findChanges, ordersChanged, readChanges } from '../../src/orders/order-changed.ts';
import { placeOrders } from '../../src/orders/place-orders.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let service: Service;
let product: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  product = (await (await openShop(service)).makeProduct()).id;
});

afterAll(() => service.stop());

const depsFor = (listeners: string[]) => ({
  db: service.db,
  currency: 'KES',
  limits: { ordersPerCustomer: undefined, numbersPerCustomer: undefined },
  clock: () => new Date(),
  newId: service.newId,
  listeners,
});

const placement = (): Placement => ({
  orderId: service.newId(new Date()),
  receivedAt: new Date(),
  identity: {
    ...{ userId: crypto.randomUUID(), issuer: 'https://a.test/', subject: 'auth0|a', name: 'Amina', email: '' },
    ...{ isMachine: false, permissions: new Set() },
  },
  profile: { name: 'Amina', email: '' },
  phoneNumber: '+254712345678',
  lines: [{ productId: product, quantity: 1, positions: [0] }],
  idempotencyId: undefined,
  fingerprint: crypto.randomUUID(),
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

async function jobsOf(kind: string): Promise<unknown[]> {
  const { rows } = await sql<{ payload: unknown }>`select payload from jobs where kind = ${kind} order by id`.execute(
    service.db,
  );
  return rows.map(({ payload }) => payload);
}

test('a group of orders is one job for each who listens, and so is a change of status', async () => {
  const deps = depsFor(['tell-one', 'tell-two']);
  const group = [placement(), placement()];
  await placeOrders(deps, group, false);
  const [first] = group;
  const author = { actor: 'staff', via: 'api' } as const;
  await changeStatus(deps, { orderId: first?.orderId ?? '', to: 'confirmed', author });
  const told = (await jobsOf('tell-one')).map(readChanges);
  expect(told).toEqual([
    group.map(({ orderId, traceparent }) => ({ id: orderId, status: 'pending', version: 1, traceparent })),
    [{ id: first?.orderId, status: 'confirmed', version: 2 }],
  ]);
  expect((await jobsOf('tell-two')).map(readChanges)).toEqual(told);
  expect(await jobsOf('orders-changed')).toEqual([]);
});

test('where nobody listens to a change of status, it is made all the same', async () => {
  const deps = depsFor(['tell-one']);
  const order = placement();
  await placeOrders(deps, [order], false);
  const author = { actor: 'staff', via: 'api' } as const;
  const changed = await changeStatus(depsFor([]), { orderId: order.orderId, to: 'cancelled', author });
  expect(changed.status).toBe('cancelled');
});

test.each([
  null,
  undefined,
  {},
  [],
  { orders: 'all' },
  { orders: [{}] },
  { orders: [null] },
  { orders: [{ id: 'x', status: 'lost' }] },
])('a job that says %j is about something else', (payload) => {
  expect(findChanges(payload)).toBeUndefined();
  expect(() => readChanges(payload)).toThrow('not about orders');
});

test('what is read is what was said', () => {
  const changes = [{ id: 'a', status: 'confirmed', version: 2 }] as const;
  expect(ordersChanged(['one'], changes).map((job) => [job.kind, readChanges(job.payload)])).toEqual([
    ['one', changes],
  ]);
});
