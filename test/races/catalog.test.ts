// Owns the facts about the catalogue when several people, and several processes, change it at the same moment.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemoCatalog } from '../../src/catalog/demo.ts';
import { openDatabase, type Transaction } from '../../src/platform/database.ts';
import { openShop, type Shop } from '../support/catalog.ts';
import { type Answer, createTestDatabase, eventually, type Service, startService } from '../support/service.ts';

let service: Service;
let other: Service;
let shop: Shop;
let otherShop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  other = await startService({ worker: false, sharing: service });
  shop = await openShop(service);
  otherShop = await openShop(other);
});

afterAll(async () => {
  await other.stop();
  await service.stop();
});

const statuses = (answers: { status: number }[]) => answers.map((answer) => answer.status).toSorted((a, b) => a - b);

/** Where the stored closure differs from the one that the parents alone make. */
async function closureErrors(): Promise<string[]> {
  const categories = await service.db.selectFrom('categories').select(['id', 'parent_id']).execute();
  const parents = new Map(categories.map((category) => [category.id, category.parent_id]));
  const expected = new Set<string>();
  for (const { id } of categories) {
    let depth = 0;
    for (let above: string | null = id; above !== null; above = parents.get(above) ?? null) {
      expected.add(`${above} ${id} ${depth}`);
      depth += 1;
      if (depth > categories.length) return ['a cycle'];
    }
  }
  const rows = await service.db.selectFrom('category_paths').selectAll().execute();
  const stored = new Set(rows.map((row) => `${row.ancestor_id} ${row.descendant_id} ${row.depth}`));
  const missing = [...expected].filter((path) => !stored.has(path)).map((path) => `missing ${path}`);
  const extra = [...stored].filter((path) => !expected.has(path)).map((path) => `extra ${path}`);
  return [...missing, ...extra];
}

/** Sends requests that run into locks, lets go of the locks when all of them wait, and gives the answers. */
async function holding(lock: (trx: Transaction) => Promise<unknown>, send: () => Promise<Answer>[]): Promise<Answer[]> {
  const answers = await service.db.transaction().execute(async (trx) => {
    await lock(trx);
    const sent = send();
    await eventually('every request waits', async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        other.db,
      );
      return rows[0]?.waiting === sent.length;
    });
    return { sent };
  });
  return Promise.all(answers.sent);
}

test('of two moves that are each legal and together a cycle, exactly one happens', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [left, right] = [await shop.category('Left'), await shop.category('Right')];
    const below = await shop.category('Below', right);
    // Both are under way before either can go on.
    const answers = await holding(
      (trx) => trx.selectFrom('categories').select('id').where('id', 'in', [left, right]).forUpdate().execute(),
      () => [
        shop.send('PATCH', `/categories/${left}/`, { parent: below }),
        otherShop.send('PATCH', `/categories/${right}/`, { parent: left }),
      ],
    );
    expect(statuses(answers)).toEqual([200, 409]);
  }
  expect(await closureErrors()).toEqual([]);
});

test('any mix of additions, moves and deletions leaves a tree behind, and no request fails', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 12; number += 1) ids.push(await shop.category(`Mixed ${number}`, ids[number >> 1]));
  const pick = (number: number) => ids[number % ids.length] ?? '';
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, number) => {
      const sender = number % 2 ? shop : otherShop;
      if (number % 5 === 0) return sender.send('POST', '/categories/', { title: 'New', parent: pick(number * 7) });
      if (number % 7 === 0) return sender.send('DELETE', `/categories/${pick(number * 3)}/`);
      return sender.send('PATCH', `/categories/${pick(number * 5)}/`, { parent: pick(number * 11 + 3) });
    }),
  );
  expect([200, 201, 204, 404, 409, 422]).toEqual(expect.arrayContaining([...new Set(statuses(answers))]));
  expect(await closureErrors()).toEqual([]);
});

test('of many edits that name the same version exactly one is made', async () => {
  const category = await shop.category('Edited');
  const { id } = await shop.product({ category });
  const etag = (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '';
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      (number % 2 ? shop : otherShop).send(
        'PATCH',
        `/products/${id}/`,
        { name: `Edit ${number}` },
        { 'if-match': etag },
      ),
    ),
  );
  expect(statuses(answers)).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  const winner = answers.find((answer) => answer.status === 200);
  expect((await shop.send('GET', `/products/${id}/`)).body).toEqual(winner?.body);
});

test('edits of different fields at the same moment are all kept when none names a version', async () => {
  const category = await shop.category('Shared');
  const { id } = await shop.product({ category });
  const answers = await Promise.all([
    shop.send('PATCH', `/products/${id}/`, { name: 'Named' }),
    otherShop.send('PATCH', `/products/${id}/`, { price: 55 }),
    shop.send('PATCH', `/products/${id}/`, { sku: 'SHARED' }),
    otherShop.send('PATCH', `/products/${id}/`, { stock: 9 }),
  ]);
  expect(statuses(answers)).toEqual([200, 200, 200, 200]);
  expect((await shop.send('GET', `/products/${id}/`)).body).toMatchObject({
    name: 'Named',
    price: 55,
    sku: 'SHARED',
    stock: 9,
  });
});

test('a stock that is being sold from is not overwritten by an edit that has not seen the sale', async () => {
  const category = await shop.category('Selling');
  const { id } = await shop.product({ category, stock: 5 });
  const etag = (await shop.send('GET', `/products/${id}/`)).headers.get('etag') ?? '';
  const answers = await holding(
    (trx) => trx.updateTable('stock').set({ on_hand: 4 }).where('product_id', '=', id).execute(),
    () => [shop.send('PATCH', `/products/${id}/`, { stock: 15 }, { 'if-match': etag })],
  );
  expect(statuses(answers)).toEqual([412]);
  expect((await shop.send('GET', `/products/${id}/`)).body.stock).toBe(4);
});

test('a replacement that is under way while its stock is being sold leaves the sale alone', async () => {
  const category = await shop.category('Selling in between');
  const [kept, stale] = [await shop.product({ category, stock: 5 }), await shop.product({ category, stock: 5 })];
  const whole = { name: 'Replaced', price: 1, category };
  const answers = await holding(
    (trx) => trx.updateTable('stock').set({ on_hand: 4 }).where('product_id', 'in', [kept.id, stale.id]).execute(),
    () => [shop.send('PUT', `/products/${stale.id}/`, { ...whole, stock: 5 })],
  );
  expect(statuses(answers)).toEqual([428]);
  expect((await shop.send('PUT', `/products/${kept.id}/`, whole)).body.stock).toBe(4);
  expect((await shop.send('GET', `/products/${stale.id}/`)).body.stock).toBe(4);
});

test('a product is edited while its stock is being sold', async () => {
  const category = await shop.category('Selling on');
  const { id } = await shop.product({ category, stock: 5 });
  await service.db.transaction().execute(async (trx) => {
    await trx.updateTable('stock').set({ on_hand: 4 }).where('product_id', '=', id).execute();
    expect((await otherShop.send('PATCH', `/products/${id}/`, { name: 'Renamed' })).status).toBe(200);
  });
  expect((await shop.send('GET', `/products/${id}/`)).body).toMatchObject({ name: 'Renamed', stock: 4 });
});

test('of many products with the same SKU exactly one is added', async () => {
  const category = await shop.category('Numbered');
  const body = { name: 'Same', price: 1, category, sku: 'RACED' };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, number) => (number % 2 ? shop : otherShop).send('POST', '/products/', body)),
  );
  expect(statuses(answers)).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
});

test('a category is never deleted from under a product that is being added', async () => {
  for (let round = 0; round < 10; round += 1) {
    const category = await shop.category('Fleeting');
    const [added, deleted] = await Promise.all([
      shop.send('POST', '/products/', { name: 'Quick', price: 1, category }),
      otherShop.send('DELETE', `/categories/${category}/`),
    ]);
    expect([
      [201, 409],
      [422, 204],
    ]).toContainEqual([added.status, deleted.status]);
  }
});

test('a category is never deleted from under the last product that is being deleted, and goes away after it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const category = await shop.category('Closing');
    const { id } = await shop.product({ category });
    const [hidden, deleted] = await Promise.all([
      shop.send('DELETE', `/products/${id}/`),
      otherShop.send('DELETE', `/categories/${category}/`),
    ]);
    expect([
      [204, 204],
      [204, 409],
    ]).toContainEqual([hidden.status, deleted.status]);
    const again = await shop.send('DELETE', `/categories/${category}/`);
    expect(again.status).toBe(deleted.status === 204 ? 404 : 204);
  }
});

test('the average stays right when products move both ways between two categories', async () => {
  const homes = [await shop.category('One'), await shop.category('Other')] as const;
  const products: string[] = [];
  for (let number = 0; number < 8; number += 1) {
    products.push((await shop.product({ category: number % 2 ? homes[1] : homes[0], price: number })).id);
  }
  const answers = await Promise.all(
    Array.from({ length: 80 }, (_, number) =>
      (number % 3 ? shop : otherShop).send('PATCH', `/products/${products[number % 8]}/`, {
        category: homes[(number * 3) % 2],
        price: number,
      }),
    ),
  );
  expect(new Set(statuses(answers))).toEqual(new Set([200]));
  const totals = await service.db
    .selectFrom('category_totals')
    .select(['category_id', 'product_count', 'price_minor_sum'])
    .where('category_id', 'in', homes)
    .where('product_count', '>', 0)
    .orderBy('category_id')
    .execute();
  const counted = await service.db
    .selectFrom('products')
    .select(({ fn }) => [
      'category_id',
      fn.countAll<number>().as('product_count'),
      sql<number>`sum(price_minor)::bigint`.as('price_minor_sum'),
    ])
    .where('category_id', 'in', homes)
    .groupBy('category_id')
    .orderBy('category_id')
    .execute();
  expect(totals).toEqual(counted);
});

test('several processes load the demonstration catalogue into one database once', async () => {
  const url = await createTestDatabase();
  const databases = [1, 2, 3].map((number) => openDatabase({ url, name: `demo ${number}`, maxConnections: 2 }));
  const loaded = await Promise.all(databases.map((db) => loadDemoCatalog(db, () => new Date(), 'KES')));
  expect(loaded.filter(Boolean)).toEqual([true]);
  const products = await databases[0]?.selectFrom('products').select(['id', 'price_minor']).execute();
  expect(products?.length).toBeGreaterThan(20);
  expect(products).toContainEqual({ id: '11eb1775-893b-453d-a92a-529627c29b0a', price_minor: 20_000 });
  await Promise.all(databases.map((each) => each.destroy()));
});
