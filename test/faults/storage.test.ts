// Owns the facts about a database that has no room: on its disk, in its memory, for another client.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  await failWith('53000');
  for (const table of ['categories', 'orders']) {
    await sql`create trigger no_room before insert on ${sql.table(table)} execute function no_room()`.execute(
      service.db,
    );
  }
});

afterAll(() => service.stop());

const failWith = (state: string) =>
  sql
    .raw(
      `create or replace function no_room() returns trigger language plpgsql as $$
        begin raise exception 'no room' using errcode = '${state}'; end $$`,
    )
    .execute(service.db);

test.each([
  ['insufficient resources', '53000', '1'],
  ['disk full', '53100', '30'],
  ['out of memory', '53200', '1'],
  ['too many connections', '53300', '1'],
  ['a limit of its configuration', '53400', '1'],
])('%s is 503 with Retry-After, and nothing is written', async (_what, state, retryAfter) => {
  await failWith(state);
  const { staff: token } = shop;

  const category = await service.request('POST', '/api/v1/categories/', { token, body: { title: 'Tea' } });
  expect(category.status, JSON.stringify(category.body)).toBe(503);
  expect(category.headers.get('retry-after')).toBe(retryAfter);
  expect(category.body.type).toContain('unavailable');

  const product = await shop.makeProduct({ stock: 3 });
  const order = await shop.place(await service.tokenFor('wanjiku'), [[product.id, 1]]);
  expect(order.status, JSON.stringify(order.body)).toBe(503);
  expect(order.headers.get('retry-after')).toBe(retryAfter);
  expect(await shop.stockOf(product.id)).toBe(3);
});
