// Owns the facts about reads that anybody may ask for: what they cost is theirs to wait for, and nobody else's.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReadsAtOnce } from '../../src/app.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
});

afterAll(() => service.stop());

/** Reads of categories that wait in PostgreSQL for a lock. */
async function waitingReads(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and application_name = 'agizo open reads' and wait_event_type = 'Lock'`.execute(
    service.db,
  );
  return rows[0]?.waiting ?? 0;
}

test('reads that never end take their share of the connections; the rest of the service answers, and those who come too late hear so at once', async () => {
  const customer = await service.tokenFor('wanjiku');
  const product = await shop.makeProduct();
  const order = await shop.place(customer, [[product.id, 1]]);
  const reads = await service.db.transaction().execute(async (trx) => {
    await sql`lock table categories in access exclusive mode`.execute(trx);
    // Each another page, which nobody shares.
    const asked = Array.from({ length: 180 }, (_, index) =>
      service.request('GET', `/api/v1/categories/?limit=${index + 1}`),
    );
    await eventually('the share to be used up', async () => (await waitingReads()) === openReadsAtOnce);
    const late = await service.request('GET', '/api/v1/categories/?limit=200');
    expect(late).toMatchObject({ status: 503, body: { title: 'Temporarily unavailable' } });
    expect(late.headers.get('retry-after')).toBe('1');
    for (const [path, token] of [
      ['/readyz', undefined],
      ['/api/v1/health/', undefined],
      [`/api/v1/orders/${order.body.id}/`, customer],
      ['/api/v1/orders/?status=pending', shop.staff],
      [`/api/v1/products/${product.id}/`, shop.staff],
      ['/api/v1/products/?search=mug', shop.staff],
    ] as const) {
      expect((await service.request('GET', path, token === undefined ? {} : { token })).status, path).toBe(200);
    }
    expect((await shop.place(customer, [[product.id, 1]])).status).toBe(201);
    expect(await waitingReads()).toBeLessThanOrEqual(openReadsAtOnce);
    return asked;
  });
  // Who waited in PostgreSQL when the lock went is served; the others were refused.
  const statuses = (await Promise.all(reads)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect((await service.request('GET', '/api/v1/categories/')).status).toBe(200);
});
