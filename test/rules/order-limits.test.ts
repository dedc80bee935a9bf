// Owns the facts about how much one identity may order.

import { expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { countOrders, type LatelyOrdered, type OrderLimits } from '../../src/orders/order-limits.ts';

const now = new Date('2026-03-01T08:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const mine = '+254712000001';

const identityOf = (userId: string, permissions: Identity['permissions'] = new Set()): Identity => ({
  ...{ issuer: 'https://issuer.test/', subject: userId, userId, isMachine: false, permissions },
  ...{ name: userId, email: '' },
});
const amina = identityOf('amina');

const counterOf = (limits: Partial<OrderLimits>, lately: readonly LatelyOrdered[] = []) =>
  countOrders({ ordersPerCustomer: undefined, numbersPerCustomer: undefined, ...limits }, lately, now);

const ordered = (parts: Partial<LatelyOrdered>): LatelyOrdered => ({
  ...{ userId: 'amina', phoneNumber: mine, orders: 1, firstAt: minutesAgo(20), lastAt: minutesAgo(5) },
  ...parts,
});

test('orders of the hour before and of this group count together, and the first to grow old makes room', () => {
  const counter = counterOf({ ordersPerCustomer: 3 }, [ordered({ orders: 2 })]);
  expect(counter.refuse(amina, mine)).toBeUndefined();
  counter.count(amina, mine);
  expect(counter.refuse(amina, mine)).toMatchObject({
    type: { slug: 'too-many-orders', status: 429 },
    headers: {
      'retry-after': String(40 * 60),
      'ratelimit-policy': '"orders";q=3;w=3600',
      ratelimit: `"orders";r=0;t=${40 * 60}`,
    },
  });
});

test('orders with several numbers are added up', () => {
  const lately = [ordered({}), ordered({ phoneNumber: '+254712000002', firstAt: minutesAgo(50) })];
  const counter = counterOf({ ordersPerCustomer: 2 }, lately);
  expect(counter.refuse(amina, mine)?.headers['retry-after']).toBe(String(10 * 60));
});

test('orders older than an hour count no more, but their numbers do for a day', () => {
  const lately = [ordered({ orders: 0, firstAt: null, lastAt: minutesAgo(120) })];
  const counter = counterOf({ ordersPerCustomer: 1, numbersPerCustomer: 1 }, lately);
  expect(counter.refuse(amina, mine)).toBeUndefined();
  expect(counter.refuse(amina, '+254712000009')).toMatchObject({
    type: { slug: 'too-many-numbers' },
    headers: { 'retry-after': String(22 * 3_600), 'ratelimit-policy': '"numbers";q=1;w=86400' },
  });
});

test('a number that was ordered with is no new one, however many there are', () => {
  const numbers = Array.from({ length: 5 }, (_, index) => `+25471200000${index}`);
  const counter = counterOf({ numbersPerCustomer: 5 });
  for (const number of numbers) {
    expect(counter.refuse(amina, number)).toBeUndefined();
    counter.count(amina, number);
  }
  expect(counter.refuse(amina, numbers[0] as string)).toBeUndefined();
  expect(counter.refuse(amina, '+254712000009')?.type.slug).toBe('too-many-numbers');
});

test('one identity is not bounded by what another ordered', () => {
  const counter = counterOf({ ordersPerCustomer: 1, numbersPerCustomer: 1 }, [ordered({})]);
  expect(counter.refuse(amina, mine)).toBeDefined();
  expect(counter.refuse(identityOf('baraka'), '+254712000007')).toBeUndefined();
});

test('whoever may manage orders is not bounded, and is told of no limit', () => {
  const clerk = identityOf('amina', new Set(['orders:manage']));
  const counter = counterOf({ ordersPerCustomer: 1, numbersPerCustomer: 1 }, [ordered({})]);
  expect(counter.refuse(clerk, '+254712000007')).toBeUndefined();
  expect(counter.count(clerk, mine)).toBeUndefined();
});

test('whoever orders is told what is left', () => {
  const counter = counterOf({ ordersPerCustomer: 30, numbersPerCustomer: 5 }, [ordered({})]);
  expect(counter.count(amina, mine)).toMatchObject([
    { policy: { name: 'orders', quota: 30 }, left: 28, resetSeconds: 40 * 60 },
    { policy: { name: 'numbers', quota: 5 }, left: 4, resetSeconds: 86_400 },
  ]);
});

test('limits that are lifted bound nobody', () => {
  const counter = counterOf({}, [ordered({ orders: 87_301 })]);
  expect(counter.refuse(amina, '+254712000007')).toBeUndefined();
  expect(counter.count(amina, mine)).toBeUndefined();
});
