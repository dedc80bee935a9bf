// Owns the facts about who waits for whom: what somebody is changing is looked at when they have done it.

import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
});

afterAll(() => service.stop());

/** Asks while somebody else's statement is not committed yet, and lets that be committed when the request waits for it. */
async function askedMeanwhile(statement: RawBuilder<unknown>, ask: () => Promise<Answer>): Promise<Answer> {
  let asked: Promise<Answer> | undefined;
  await service.db.transaction().execute(async (trx) => {
    await statement.execute(trx);
    asked = ask();
    await eventually(
      'the request waits',
      async () => {
        const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(service.db);
        return rows.length === 1;
      },
      5_000,
    );
  });
  const answer = (await asked) as Answer;
  // An order waits for a second at most, which a busy machine may take to find out that it does.
  return answer.status === 503 ? askedMeanwhile(statement, ask) : answer;
}

test('an order waits for a sale of the same product, and then is of what is left', async () => {
  const { id } = await shop.makeProduct({ stock: 5 });
  const token = await service.tokenFor('wanjiku');
  const sale = sql`update stock set on_hand = 1 where product_id = ${id}`;
  const answer = await askedMeanwhile(sale, () => shop.place(token, [[id, 2]]));
  expect([answer.status, answer.body.products]).toEqual([409, [{ product: id, requested: 2, available: 1 }]]);
});

test('an order waits for another one of the same customer', async () => {
  const { id } = await shop.makeProduct();
  const token = await service.tokenFor('njeri');
  // The second one changes nothing about the customer.
  const { body } = await shop.place(token, [[id, 1]]);
  const other = sql`select from customers where id = (select customer_id from orders where id = ${body.id}) for no key update`;
  expect((await askedMeanwhile(other, () => shop.place(token, [[id, 1]]))).status).toBe(201);
});

test('a change of status waits for another one of the same order, and is refused where that leaves no way', async () => {
  const { id } = await shop.makeProduct();
  const { body: order } = await shop.place(await service.tokenFor('otieno'), [[id, 1]]);
  const other = sql`update orders set status = 'cancelled', version = 2 where id = ${order.id}`;
  const answer = await askedMeanwhile(other, () =>
    service.request('PATCH', `/api/v1/orders/${order.id}/`, { token: shop.staff, body: { status: 'confirmed' } }),
  );
  expect([answer.status, answer.body.current_status]).toEqual([409, 'cancelled']);
});
