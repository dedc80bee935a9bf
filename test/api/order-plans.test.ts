// Owns the facts about what a list of orders reads: a page of its index, however many orders there are.

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listOrdersPage, type OrderFilter } from '../../src/orders/store.ts';
import type { Database } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/service.ts';

const orders = 30_000;
/** Whose order is every hundredth. */
const customer = '00000000-0000-7000-8000-000000000001';
const statements: { sql: string; parameters: readonly unknown[] }[] = [];

let pool: pg.Pool;
let db: Kysely<Database>;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await createTestDatabase(), max: 1 });
  db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push({ sql: query.sql, parameters: query.parameters }),
  });
  // The first thirty are pending still. Orders without customers will do: what is looked at is the table.
  await pool.query(`
    set session_replication_role = replica;
    insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address, created_at, updated_at)
    select ('01900000-' || lpad(to_hex(n), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(),
      case when n % 100 = 0 then '${customer}' else gen_random_uuid() end, case when n <= 30 then 'pending' else 'completed' end,
      'KES', 0, 'Wanjiku', '', '+254712345678', '', now(), now()
    from generate_series(1, ${orders}) as n`);
});

afterAll(() => db.destroy());

/** Of 8 kB each, by the statement that finds the orders. */
async function blocksRead(filter: OrderFilter): Promise<number> {
  statements.length = 0;
  await listOrdersPage(db, filter, 20);
  const [found] = statements;
  const { rows } = await pool.query(`explain (analyze, buffers, format json) ${found?.sql}`, [
    ...(found?.parameters ?? []),
  ]);
  const { Plan: plan } = rows[0]['QUERY PLAN'][0];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

const filters: [what: string, filter: OrderFilter][] = [
  ['the newest', {}],
  ['those of a status that only old ones have', { status: 'pending' }],
  ['those of the status that nearly all have', { status: 'completed' }],
  ['those of a customer', { userId: customer }],
];

test.each(filters)('%s are a few blocks, before anything analysed the table and after', async (_what, filter) => {
  for (const analyse of [sql`select`, sql`analyze orders`]) {
    await analyse.execute(db);
    expect(await blocksRead(filter)).toBeLessThan(100);
  }
});
