// Owns the facts about faults under orders: whatever fails, an order is wholly there or not at all.

import { type Kysely, type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeStatus } from '../../src/orders/change-status.ts';
import type { Placement } from '../../src/orders/decide-placements.ts';
import { placeOrders } from '../../src/orders/place-orders.ts';
import { findOrder } from '../../src/orders/store.ts';
import type { Database } from '../../src/platform/database.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
});

afterAll(() => service.stop());

class Injected extends Error {}

/** Fails at the n-th statement, counted from 1. `seen` tells how many there were. */
function failingAt(statement: number): { db: Kysely<Database>; seen: () => number } {
  let seen = 0;
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      seen++;
      if (seen === statement) throw new Injected();
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  return { db: service.db.withPlugin(plugin), seen: () => seen };
}

async function world(): Promise<string> {
  const { rows } = await sql`select
    (select jsonb_agg(orders order by id) from orders) as orders, (select jsonb_agg(l order by order_id, position) from order_lines l) as lines,
    (select jsonb_agg(order_events order by id) from order_events) as events, (select jsonb_agg(stock order by product_id) from stock) as stock,
    (select jsonb_agg(customers order by id) from customers) as customers, (select jsonb_agg(jobs order by id) from jobs) as jobs,
    (select jsonb_agg(n order by phone_number) from customer_phone_numbers n) as phones`.execute(service.db);
  return JSON.stringify(rows);
}

function placementOf(product: string, name: string): Placement {
  const now = new Date();
  return {
    orderId: service.newId(now),
    receivedAt: now,
    identity: {
      issuer: 'https://issuer.test/',
      subject: name,
      userId: service.newId(now),
      isMachine: false,
      permissions: new Set(),
      name,
      email: '',
    },
    profile: { name, email: '' },
    phoneNumber: '+254712345678',
    lines: [{ productId: product, quantity: 2, positions: [0] }],
    idempotencyId: service.newId(now),
    fingerprint: service.newId(now),
  };
}

const depsOf = (db: Kysely<Database>) => ({
  db,
  currency: 'KES',
  limits: { ordersPerCustomer: undefined, numbersPerCustomer: undefined },
  clock: () => new Date(),
  newId: service.newId,
  listeners: ['orders-changed'],
});

test('each statement of placing fails in turn, and nothing has changed', async () => {
  const product = await shop.makeProduct({ stock: 10 });
  const before = await world();
  for (let statement = 1; ; statement++) {
    const failing = failingAt(statement);
    const group = [placementOf(product.id, 'first'), placementOf(product.id, 'second')];
    const placing = placeOrders(depsOf(failing.db), group, true);
    if (
      (await placing.then(
        () => 'placed',
        (error: unknown) => error,
      )) === 'placed'
    ) {
      expect(statement).toBeGreaterThan(5);
      break;
    }
    await expect(placing).rejects.toBeInstanceOf(Injected);
    expect(await world(), `after statement ${statement}`).toBe(before);
  }
  expect(await shop.stockOf(product.id)).toBe(6);
});

test('each statement of cancelling fails in turn, and nothing has changed', async () => {
  const product = await shop.makeProduct({ stock: 10 });
  const placed = await shop.place(await service.tokenFor('wanjiku'), [[product.id, 3]]);
  const before = await world();
  const change = {
    orderId: placed.body.id as string,
    to: 'cancelled',
    author: { actor: 'staff', via: 'api' },
  } as const;
  for (let statement = 1; ; statement++) {
    const cancelling = changeStatus(depsOf(failingAt(statement).db), change);
    if (
      (await cancelling.then(
        () => 'cancelled',
        (error: unknown) => error,
      )) === 'cancelled'
    ) {
      expect(statement).toBeGreaterThan(5);
      break;
    }
    await expect(cancelling).rejects.toBeInstanceOf(Injected);
    expect(await world(), `after statement ${statement}`).toBe(before);
  }
  expect(await shop.stockOf(product.id)).toBe(10);
});

test('a group that was written although its connection was lost is found by the second try', async () => {
  const product = await shop.makeProduct({ stock: 10 });
  const group = [placementOf(product.id, 'lost-1'), placementOf(product.id, 'lost-2')];
  const first = await placeOrders(depsOf(service.db), group, false);
  const second = await placeOrders(depsOf(service.db), group, true);
  expect(second.map((outcome) => outcome.kind)).toEqual(['placed', 'placed']);
  expect(first).toMatchObject(second);
  expect(await shop.stockOf(product.id)).toBe(6);
});

test('connections killed in the middle lose no acknowledged order and double none', async () => {
  const product = await shop.makeProduct({ stock: 100_000 });
  const tokens = await Promise.all(Array.from({ length: 8 }, (_, index) => service.tokenFor(`stormy${index}`)));
  const acknowledged: string[] = [];
  let kills = 0;
  const killing = (async () => {
    while (kills < 6) {
      const { rows } = await sql<{ pid: number }>`select pg_terminate_backend(pid) as killed, pid from pg_stat_activity
        where datname = current_database() and application_name = 'agizo intake' and state <> 'idle' limit 1`.execute(
        service.db,
      );
      kills += rows.length;
    }
  })();
  const enough = new AbortController();
  const buying = tokens.map(async (token, buyer) => {
    for (let count = 0; !enough.signal.aborted; count++) {
      const key = `${buyer}-${count}`;
      // A customer's program repeats what got no answer, with the same key.
      const answer = await eventually('an answer', async () => {
        const given = await shop.place(token, [[product.id, 1]], { key });
        return given.status === 201 && given;
      });
      acknowledged.push(answer.body.id);
    }
  });
  await killing;
  enough.abort();
  await Promise.all(buying);
  const { rows } = await sql<{
    order_id: string;
  }>`select order_id from order_lines where product_id = ${product.id}`.execute(service.db);
  expect(rows.map((row) => row.order_id).toSorted()).toEqual(acknowledged.toSorted());
  expect(await shop.stockOf(product.id)).toBe(100_000 - acknowledged.length);
});

test('a product that somebody holds locked holds up only its own orders', async () => {
  const [held, free] = [await shop.makeProduct({ stock: 10 }), await shop.makeProduct({ stock: 10 })];
  const tokens = await Promise.all(['a', 'b', 'c'].map((name) => service.tokenFor(`held-${name}`)));
  const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = service.db.transaction().execute(async (trx) => {
    await sql`select from stock where product_id = ${held.id} for update`.execute(trx);
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const [blocked, ...others] = await Promise.all([
    shop.place(tokens[0] ?? '', [[held.id, 1]]),
    shop.place(tokens[1] ?? '', [[free.id, 1]]),
    shop.place(tokens[2] ?? '', [[free.id, 1]]),
  ]);
  release.resolve();
  await holding;
  expect(blocked.status).toBe(503);
  expect(blocked.headers.get('retry-after')).not.toBeNull();
  expect(others.map((answer) => answer.status)).toEqual([201, 201]);
  expect((await shop.place(tokens[0] ?? '', [[held.id, 1]])).status).toBe(201);
});

test('stock never goes below nothing, whatever the code is', async () => {
  const { id } = await shop.makeProduct({ stock: 1 });
  const sale = sql`update stock set on_hand = on_hand - 2 where product_id = ${id}`;
  await expect(sale.execute(service.db)).rejects.toMatchObject({ code: '23514' });
});

test('rows that orders point at cannot go away', async () => {
  const product = await shop.makeProduct();
  const placed = await shop.place(await service.tokenFor('wanjiku'), [[product.id, 1]]);
  for (const statement of [
    sql`delete from products where id = ${product.id}`,
    sql`delete from orders where id = ${placed.body.id}`,
    sql`delete from customers`,
    sql`truncate orders cascade`,
    sql`update order_lines set quantity = 2`,
    sql`update orders set total_minor = 1`,
    insertLine(placed.body.id, crypto.randomUUID()),
    insertLine(crypto.randomUUID(), product.id),
  ]) {
    await expect(statement.execute(service.db)).rejects.toMatchObject({ code: expect.stringMatching(/^23(001|503)$/) });
  }
  expect(await findOrder(service.db, placed.body.id)).toBeDefined();
});

const insertLine = (order: string, product: string, parts = '1, 100, 0, 0, 100') => sql`
  insert into order_lines (order_id, position, id, product_id, variant_id, name, took_stock, quantity, price_minor, discount_minor, tax_minor, total_minor)
  values (${order}, 9, gen_random_uuid(), ${product}, ${product}, 'Mug', false, ${sql.raw(parts)})`;

test.each([
  ['comes to other than its parts', '2, 100, 50, 0, 151', 'order_lines_total'],
  ['gives money back', '2, 100, 201, 0, -1', 'order_lines_total'],
  ['has less tax than none', '2, 100, 0, -10, 190', 'order_lines_total'],
  ['does not sum to its order', '2, 100, 0, 0, 200', 'order_lines_sum'],
  ['sums to its order only with its tax left out', '2, 100, 50, 24, 174', 'order_lines_sum'],
])('a line that %s is refused', async (_, parts, constraint) => {
  const product = await shop.makeProduct();
  await expect(placeByHand(product.id, 150, parts)).rejects.toMatchObject({ constraint });
});

test.each(['2, 100, 50, 0, 150', '2, 100, 50, 20, 150', '1, 150, 20, 20, 150', '1, 150, 0, 0, 150'])(
  'a line of quantity, price, discount, tax and total %s is taken for an order of 150',
  async (parts) => {
    const product = await shop.makeProduct();
    await placeByHand(product.id, 150, parts);
  },
);

/** An order and its one line, as in one statement. */
async function placeByHand(product: string, totalMinor: number, parts: string): Promise<void> {
  const { body } = await shop.place(await service.tokenFor('wanjiku'), [[product, 1]]);
  const id = crypto.randomUUID();
  await sql`
    with placed as (
      insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address, created_at, updated_at)
      select ${id}, customer_id, user_id, 'pending', currency, ${totalMinor}, name, email, phone_number, address, now(), now()
      from orders where id = ${body.id})
    ${insertLine(id, product, parts)}`.execute(service.db);
}
