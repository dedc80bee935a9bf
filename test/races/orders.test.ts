// Owns the facts about orders that meet: in one process and in two on one database.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let one: Service;
let two: Service;
let shop: Shop;

beforeAll(async () => {
  one = await startService({ worker: false });
  two = await startService({ worker: false, sharing: one });
  shop = await openShop(one);
});

afterAll(async () => {
  await two.stop();
  await one.stop();
});

const statuses = (answers: Answer[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** Both services trust only their own issuer, so each person signs in at each. */
async function peopleAt(service: Service, count: number, prefix: string): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => service.tokenFor(`${prefix}${index}`)));
}

async function placeAt(service: Service, token: string, product: string, key?: string): Promise<Answer> {
  return service.request('POST', '/api/v1/orders/', {
    token,
    body: { items: [{ product, quantity: 1 }], phone_number: '+254712345678' },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
}

async function countOrdersOf(product: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from order_lines where product_id = ${product}`.execute(
    one.db,
  );
  return Number(rows[0]?.count);
}

test('100 identical requests with one idempotency key make one order', async () => {
  const product = await shop.makeProduct({ stock: 50 });
  const token = await one.tokenFor('wanjiku');
  const answers = await Promise.all(Array.from({ length: 100 }, () => placeAt(one, token, product.id, 'the-same')));
  expect(statuses(answers)).toEqual({ 201: 100 });
  expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
  expect(await countOrdersOf(product.id)).toBe(1);
  expect(await shop.stockOf(product.id)).toBe(49);
});

test('50 buyers of the last 5 make 5 orders', async () => {
  const product = await shop.makeProduct({ stock: 5 });
  const buyers = await peopleAt(one, 50, 'buyer');
  const answers = await Promise.all(buyers.map((token) => placeAt(one, token, product.id)));
  expect(statuses(answers)).toEqual({ 201: 5, 409: 45 });
  expect(await shop.stockOf(product.id)).toBe(0);
});

describe('two processes on one database', () => {
  test('sell the last 20 of several products once each, without deadlock', async () => {
    const products = await Promise.all(Array.from({ length: 4 }, () => shop.makeProduct({ stock: 20 })));
    const buyers = [
      ...(await peopleAt(one, 30, 'left')).map((token) => [one, token] as const),
      ...(await peopleAt(two, 30, 'right')).map((token) => [two, token] as const),
    ];
    const answers = await Promise.all(
      buyers.flatMap(([service, token], index) =>
        [0, 1].map((turn) => {
          const items = (index % 2 === 0 ? products : products.toReversed()).map(({ id }) => ({
            product: id,
            quantity: 1,
          }));
          return service.request('POST', '/api/v1/orders/', {
            token,
            body: { items, phone_number: `+25471234567${turn}` },
          });
        }),
      ),
    );
    expect(statuses(answers)).toEqual({ 201: 20, 409: 100 });
    for (const product of products) {
      expect(await shop.stockOf(product.id)).toBe(0);
      expect(await countOrdersOf(product.id)).toBe(20);
    }
  });

  test('never break a promise when they place, cancel and restock the same things', async () => {
    const product = await shop.makeProduct({ stock: 30 });
    const left = await peopleAt(one, 10, 'mixed');
    const right = await peopleAt(two, 10, 'mixed');
    const placed = (
      await Promise.all([
        ...left.map((token) => placeAt(one, token, product.id)),
        ...right.map((token) => placeAt(two, token, product.id)),
      ])
    ).map((answer) => answer.body.id as string);
    const staffThere = await two.tokenFor('staff');
    const cancels = placed.flatMap((id) => [
      one.request('DELETE', `/api/v1/orders/${id}/`, { token: shop.staff }),
      two.request('DELETE', `/api/v1/orders/${id}/`, { token: staffThere }),
    ]);
    const more = left.map((token) => placeAt(one, token, product.id));
    const answers = await Promise.all([...cancels, ...more]);
    expect(statuses(answers.slice(0, cancels.length))).toEqual({ 200: 20, 409: 20 });
    expect(statuses(answers.slice(cancels.length))).toEqual({ 201: 10 });
    expect(await shop.stockOf(product.id)).toBe(20);
  });
});

test('a customer seen for the first time by two processes at once becomes one customer, and one key one order', async () => {
  const issuer = one.config.identity.issuer;
  const trusting = await startService({ worker: false, sharing: one, environment: { OIDC_ISSUER: issuer } });
  try {
    const product = await shop.makeProduct({ stock: 100 });
    for (let round = 0; round < 5; round++) {
      const token = await one.tokenFor(`newcomer${round}`);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => placeAt(index % 2 === 0 ? one : trusting, token, product.id, 'first')),
      );
      expect(statuses(answers)).toEqual({ 201: 10 });
      expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    }
    expect(await shop.stockOf(product.id)).toBe(95);
  } finally {
    await trusting.stop();
  }
});

test('a client that hangs up changes nothing about its order', async () => {
  const product = await shop.makeProduct({ stock: 100 });
  const token = await one.tokenFor('impatient');
  const key = (index: number) => `impatient-${index}`;
  await Promise.allSettled(
    Array.from({ length: 20 }, async (_, index) => {
      const aborting = new AbortController();
      const sent = fetch(`${one.url}/api/v1/orders/`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': key(index),
        },
        body: JSON.stringify({ items: [{ product: product.id, quantity: 1 }], phone_number: '+254712345678' }),
        signal: aborting.signal,
      });
      setTimeout(() => aborting.abort(), index % 5);
      return sent;
    }),
  );
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => placeAt(one, token, product.id, key(index))),
  );
  expect(statuses(answers)).toEqual({ 201: 20 });
  expect(await countOrdersOf(product.id)).toBe(20);
  expect(await shop.stockOf(product.id)).toBe(80);
});
