// Owns how much one identity may order: orders an hour and different phone numbers a day, counted from the orders themselves.

import type { Identity } from '../identity/identity.ts';
import type { Problem, ProblemType } from '../platform/problem.ts';
import { overLimit, type RatePolicy, type RateState, secondsUntil } from '../platform/rate-limit.ts';

/** Undefined: as many as anybody likes. */
export interface OrderLimits {
  /** Orders of one identity an hour. */
  ordersPerCustomer: number | undefined;
  /** Different phone numbers a day that one identity has texted by ordering. */
  numbersPerCustomer: number | undefined;
}

/** What an identity has ordered lately with one phone number, placed or cancelled since. */
export interface LatelyOrdered {
  userId: string;
  phoneNumber: string;
  /** Within the hour. */
  orders: number;
  /** When the first of them was placed; null when there is none. */
  firstAt: Date | null;
  /** When the last order with this number was placed. */
  lastAt: Date;
}

export const tooManyOrders: ProblemType = {
  slug: 'too-many-orders',
  status: 429,
  title: 'Too many orders from one customer',
  meaning:
    'One customer may place `ORDERS_PER_CUSTOMER` orders an hour. Nothing was changed: repeat after `Retry-After` seconds.',
};

export const tooManyNumbers: ProblemType = {
  slug: 'too-many-numbers',
  status: 429,
  title: 'Too many phone numbers from one customer',
  meaning:
    'One customer may order with `NUMBERS_PER_CUSTOMER` different phone numbers a day. Order with one of those, or after `Retry-After` seconds.',
};

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Whether anything bounds this identity: whoever may manage orders places them for others. */
export const isBounded = ({ ordersPerCustomer, numbersPerCustomer }: OrderLimits, { permissions }: Identity): boolean =>
  (ordersPerCustomer !== undefined || numbersPerCustomer !== undefined) && !permissions.has('orders:manage');

/** What one identity has ordered, this group's orders among it. */
interface Tally {
  orders: number;
  firstAtMs: number;
  /** When each number was ordered with last. */
  numbers: Map<string, number>;
}

export interface OrderCounter {
  /** Why this identity may not order with this number now. */
  refuse(identity: Identity, phoneNumber: string): Problem | undefined;
  /** Counts an order. @returns what is left to who placed it; undefined where nothing bounds them */
  count(identity: Identity, phoneNumber: string): RateState[] | undefined;
}

/** Counts on from what was ordered before. */
export function countOrders(limits: OrderLimits, lately: readonly LatelyOrdered[], now: Date): OrderCounter {
  const { ordersPerCustomer, numbersPerCustomer } = limits;
  const nowMs = now.getTime();
  const tallies = new Map<string, Tally>();
  const tallyOf = (userId: string): Tally => {
    let tally = tallies.get(userId);
    if (!tally) tallies.set(userId, (tally = { orders: 0, firstAtMs: nowMs, numbers: new Map() }));
    return tally;
  };
  for (const { userId, phoneNumber, orders, firstAt, lastAt } of lately) {
    const tally = tallyOf(userId);
    tally.orders += orders;
    if (firstAt) tally.firstAtMs = Math.min(tally.firstAtMs, firstAt.getTime());
    tally.numbers.set(phoneNumber, lastAt.getTime());
  }

  const ordersState = (quota: number, { orders, firstAtMs }: Tally): RateState => ({
    policy: ordersPolicy(quota),
    left: Math.max(0, quota - orders),
    resetSeconds: secondsUntil(nowMs, firstAtMs + hourMs),
  });
  const numbersState = (quota: number, { numbers }: Tally): RateState => ({
    policy: numbersPolicy(quota),
    left: Math.max(0, quota - numbers.size),
    resetSeconds: secondsUntil(nowMs, Math.min(nowMs, ...numbers.values()) + dayMs),
  });

  return {
    refuse(identity, phoneNumber) {
      if (!isBounded(limits, identity)) return undefined;
      const tally = tallyOf(identity.userId);
      if (ordersPerCustomer !== undefined && tally.orders >= ordersPerCustomer) {
        const detail = `You have placed ${ordersPerCustomer} orders within the hour, as many as one customer may.`;
        return overLimit(tooManyOrders, detail, ordersState(ordersPerCustomer, tally));
      }
      if (numbersPerCustomer === undefined || tally.numbers.has(phoneNumber)) return undefined;
      if (tally.numbers.size < numbersPerCustomer) return undefined;
      const detail = `You have ordered with ${numbersPerCustomer} phone numbers within a day, as many as one customer may.`;
      return overLimit(tooManyNumbers, detail, numbersState(numbersPerCustomer, tally));
    },
    count(identity, phoneNumber) {
      if (!isBounded(limits, identity)) return undefined;
      const tally = tallyOf(identity.userId);
      tally.orders += 1;
      tally.numbers.set(phoneNumber, nowMs);
      const states: RateState[] = [];
      if (ordersPerCustomer !== undefined) states.push(ordersState(ordersPerCustomer, tally));
      if (numbersPerCustomer !== undefined) states.push(numbersState(numbersPerCustomer, tally));
      return states;
    },
  };
}

const ordersPolicy = (quota: number): RatePolicy => ({ name: 'orders', quota, windowSeconds: hourMs / 1_000 });
const numbersPolicy = (quota: number): RatePolicy => ({ name: 'numbers', quota, windowSeconds: dayMs / 1_000 });
