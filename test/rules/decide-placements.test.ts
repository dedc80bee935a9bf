// Owns the facts about who gets what when orders are decided together.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Customer } from '../../src/customers/customer.ts';
import { decidePlacements, type GroupFacts, type Placement } from '../../src/orders/decide-placements.ts';
import type { Order } from '../../src/orders/order.ts';
import type { SaleProduct } from '../../src/stock/store.ts';

const now = new Date('2026-03-01T08:00:00Z');

function placementOf(parts: Partial<Placement> & { user?: string; items?: [string, number][] }): Placement {
  const user = parts.user ?? 'user-1';
  return {
    orderId: `order-${Math.random()}`,
    receivedAt: now,
    identity: {
      issuer: 'https://issuer.test/',
      subject: user,
      userId: user,
      isMachine: false,
      permissions: new Set(),
      name: user,
      email: '',
    },
    profile: { name: user, email: '' },
    phoneNumber: '+254712345678',
    lines: (parts.items ?? [['tea', 1]]).map(([productId, quantity], position) => ({
      productId,
      quantity,
      positions: [position],
    })),
    idempotencyId: undefined,
    fingerprint: 'same',
    ...parts,
  };
}

function factsOf(products: Partial<SaleProduct>[], facts: Partial<GroupFacts> = {}): GroupFacts {
  let ids = 0;
  const full = products.map((product) => ({
    ...{ id: 'tea', name: 'Tea', sku: null, priceMinor: 100, onHand: null, maxPerOrder: null },
    ...product,
  }));
  return {
    customers: new Map(),
    products: new Map(full.map((product) => [product.id, product])),
    written: new Map(),
    earlier: new Map(),
    limits: { ordersPerCustomer: undefined, numbersPerCustomer: undefined },
    lately: [],
    currency: 'KES',
    now,
    newId: () => `id-${ids++}`,
    ...facts,
  };
}

test('gives the last of a product to who came first', () => {
  const placements = [placementOf({ user: 'a' }), placementOf({ user: 'b' }), placementOf({ user: 'c' })];
  const { outcomes, taken } = decidePlacements(placements, factsOf([{ onHand: 2 }]));
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['placed', 'placed', 'refused']);
  expect(taken).toEqual(new Map([['tea', 2]]));
});

test('takes nothing when one line cannot be met, so that the next order gets it', () => {
  const greedy = placementOf({
    user: 'a',
    items: [
      ['tea', 1],
      ['milk', 5],
    ],
  });
  const { outcomes, taken } = decidePlacements(
    [greedy, placementOf({ user: 'b' })],
    factsOf([{ onHand: 1 }, { id: 'milk', onHand: 4 }]),
  );
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['refused', 'placed']);
  expect(outcomes[0]).toMatchObject({
    problem: {
      type: { slug: 'out-of-stock' },
      members: { products: [{ product: 'milk', requested: 5, available: 4 }] },
    },
  });
  expect(taken).toEqual(new Map([['tea', 1]]));
});

test('never runs out of a product that is not counted', () => {
  const { outcomes, taken } = decidePlacements(
    [placementOf({ items: [['tea', 1_000_000]] })],
    factsOf([{ onHand: null }]),
  );
  expect(outcomes[0]?.kind).toBe('placed');
  expect(taken.size).toBe(0);
});

test('points at every line of a product that cannot be ordered', () => {
  const placement = placementOf({});
  placement.lines = [{ productId: 'gone', quantity: 2, positions: [0, 2] }];
  const { outcomes } = decidePlacements([placement], factsOf([{}]));
  expect(outcomes[0]).toMatchObject({
    problem: {
      type: { slug: 'unknown-product' },
      errors: [{ pointer: '/items/0/product' }, { pointer: '/items/2/product' }],
    },
  });
});

describe('an idempotency key', () => {
  test('twice in one group gives one order and two equal answers', () => {
    const twin = { user: 'a', idempotencyId: 'k' };
    const { outcomes, newOrders, taken } = decidePlacements(
      [placementOf(twin), placementOf(twin)],
      factsOf([{ onHand: 5 }]),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['placed', 'replayed']);
    expect(outcomes[1]).toMatchObject({ order: { id: (outcomes[0] as { order: Order }).order.id } });
    expect(newOrders).toHaveLength(1);
    expect(taken).toEqual(new Map([['tea', 1]]));
  });

  test('with another body is refused', () => {
    const placements = [
      placementOf({ idempotencyId: 'k', fingerprint: 'one' }),
      placementOf({ idempotencyId: 'k', fingerprint: 'two' }),
    ];
    const { outcomes } = decidePlacements(placements, factsOf([{}]));
    expect(outcomes[1]).toMatchObject({ problem: { type: { slug: 'idempotency-key-reused' } } });
  });

  test('of a refused order may be used again', () => {
    const { outcomes } = decidePlacements(
      [
        placementOf({ idempotencyId: 'k', items: [['tea', 9]] }),
        placementOf({ idempotencyId: 'k', items: [['tea', 1]] }),
      ],
      factsOf([{ onHand: 5 }]),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['refused', 'placed']);
  });

  test('twice in one group answers with the very same order, so that what the database adds to it shows in both', () => {
    const twin = { user: 'a', idempotencyId: 'k' };
    const { outcomes } = decidePlacements([placementOf(twin), placementOf(twin)], factsOf([{}]));
    expect((outcomes[1] as { order: Order }).order).toBe((outcomes[0] as { order: Order }).order);
  });
});

test('finds what a first try wrote after all instead of placing it twice', () => {
  const placement = placementOf({ orderId: 'one' });
  const order = decidePlacements([placement], factsOf([{ onHand: 1 }])).newOrders[0]?.order as Order;
  const again = decidePlacements([placement], factsOf([{ onHand: 0 }], { written: new Map([['one', order]]) }));
  expect(again.outcomes).toEqual([{ kind: 'placed', order }]);
  expect(again.newOrders).toEqual([]);
});

test('keeps the phone each order was placed with and leaves the customer with the last', () => {
  const placements = [placementOf({ phoneNumber: '+254700000001' }), placementOf({ phoneNumber: '+254700000002' })];
  const { newOrders, changedCustomers } = decidePlacements(placements, factsOf([{}]));
  expect(newOrders.map(({ order }) => order.customer.phoneNumber)).toEqual(['+254700000001', '+254700000002']);
  expect(newOrders[0]?.order.customer.id).toBe(newOrders[1]?.order.customer.id);
  expect(changedCustomers.get('user-1')?.phoneNumber).toBe('+254700000002');
});

test('leaves a customer alone whose order is refused', () => {
  const known = { id: 'c', userId: 'user-1', phoneNumber: '+254700000001' } as Customer;
  const { changedCustomers } = decidePlacements(
    [placementOf({ items: [['gone', 1]] })],
    factsOf([{}], { customers: new Map([['user-1', known]]) }),
  );
  expect(changedCustomers.size).toBe(0);
});

test('decides any group as if its orders had come one by one', () => {
  const line = fc.tuple(fc.constantFrom('tea', 'milk', 'soap'), fc.integer({ min: 1, max: 4 }));
  const request = fc.record({
    user: fc.constantFrom('a', 'b'),
    key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
    items: fc.uniqueArray(line, { minLength: 1, maxLength: 3, selector: ([product]) => product }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 12 }), fc.nat(8), fc.nat(8), (requests, tea, milk) => {
      const placements = requests.map((each) =>
        placementOf({
          user: each.user,
          idempotencyId: each.key && each.user + each.key,
          items: each.items,
          fingerprint: JSON.stringify(each.items),
        }),
      );
      const stock: Record<string, number> = { tea, milk };
      const { outcomes, taken } = decidePlacements(
        placements,
        factsOf([{ onHand: tea }, { id: 'milk', onHand: milk }, { id: 'soap', onHand: null }]),
      );
      const keys = new Map<string, string>();
      const expected = requests.map(({ user, key, items }) => {
        const body = JSON.stringify(items);
        const before = key === undefined ? undefined : keys.get(user + key);
        if (before !== undefined) return before === body ? 'replayed' : 'refused';
        if (items.some(([product, quantity]) => (stock[product] ?? Infinity) < quantity)) return 'refused';
        for (const [product, quantity] of items)
          if (product in stock) stock[product] = (stock[product] ?? 0) - quantity;
        if (key !== undefined) keys.set(user + key, body);
        return 'placed';
      });
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(expected);
      expect(tea - (taken.get('tea') ?? 0)).toBe(stock['tea']);
      expect(milk - (taken.get('milk') ?? 0)).toBe(stock['milk']);
      expect(taken.has('soap')).toBe(false);
    }),
  );
});
