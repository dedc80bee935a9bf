// Owns the facts about how an erasure finds what it erases in a shop that is large: by indexes, and nothing is walked from end to end.

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import { runNextJob } from '../../src/platform/jobs.ts';
import { eraseCustomer } from '../../src/privacy/erase-customer.ts';
import { finishErasures } from '../../src/privacy/finish-erasure.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let service: Service;
let db: Kysely<Database>;
let pool: pg.Pool;
const statements: { sql: string; parameters: readonly unknown[] }[] = [];

beforeAll(async () => {
  service = await startService({ worker: false });
  pool = new pg.Pool({ connectionString: service.databaseUrl, max: 1 });
  db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push({ sql: query.sql, parameters: query.parameters }),
  });
});
afterAll(async () => {
  await db.destroy();
  await service.stop();
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

/** Tables of which any number of rows may be there. */
const large = new Set([
  ...['messages', 'message_attempts', 'incoming_messages', 'orders', 'order_events', 'customers', 'customer_words'],
  ...['customer_phone_numbers', 'customer_vocabulary', 'audit_trail', 'opt_outs'],
]);

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

/** What reads a large table, or one of its indexes, without saying where to begin. */
async function walks(statement: (typeof statements)[number]): Promise<string[]> {
  const { rows } = await pool.query(`explain (format json) ${statement.sql}`, [...statement.parameters]);
  const nodes = (rows[0]['QUERY PLAN'] as { Plan: PlanNode }[]).flatMap(({ Plan }) => flatten(Plan));
  return nodes
    .filter((node) => node['Node Type'].includes('Scan') && node['Node Type'] !== 'Bitmap Heap Scan')
    .filter((node) => node['Node Type'] === 'Bitmap Index Scan' || large.has(node['Relation Name'] ?? ''))
    .filter((node) => node['Index Cond'] === undefined)
    .map((node) => `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name']}: ${statement.sql}`);
}

test('every statement of an erasure begins at what is to be erased', async () => {
  const shop = await openShop(service);
  const product = (await shop.makeProduct()).id;
  const { body: order } = await shop.place(await service.tokenFor('leaving'), [[product, 1]]);
  await service.request('DELETE', `/api/v1/orders/${order.id}/`, { token: shop.staff });
  await service.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`delete from jobs`.execute(trx);
    await sql`
      insert into messages (id, channel, order_id, kind, recipient, status, due_at, created_at, updated_at)
      select gen_random_uuid(), 'sms', case when n = 1 then ${order.id}::uuid else gen_random_uuid() end, 'order-pending', '+254712345678', 'sent',
        now(), now(), now() from generate_series(1, 20000) as n`.execute(trx);
    await sql`
      insert into message_attempts (message_id, attempt, started_at) select id, 1, now() from messages`.execute(trx);
    await sql`
      insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address, created_at, updated_at)
      select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'completed', 'KES', 0, 'Other', '', '+254712345678', '', now(), now()
      from generate_series(1, 20000)`.execute(trx);
  });
  await sql`analyze`.execute(service.db);

  let now = Date.now();
  const clock = () => new Date((now += 2_000));
  const deps = { db, clock, newId: service.newId, listeners: ['orders-changed'] };
  const author = { actor: 'staff', via: 'api', userId: order.customer.user } as const;
  await eraseCustomer(deps, order.customer.id, { author, cancelsOpen: false });
  const asked = statements.splice(0);
  const handlers = { 'customer-erased': finishErasures({ clock }) };
  const onFault = (error: unknown) => expect.fail(String(error));
  while (await runNextJob({ db, handlers, clock, random: Math.random, onFault })) {
    // As long as there is one.
  }
  const { rows } = await sql`select erased_at from erasures where erased_at is not null`.execute(service.db);
  expect(rows).toHaveLength(1);

  const found: string[] = [];
  await pool.query('set enable_seqscan = off');
  for (const [afterwards, each] of [
    ...asked.map((it) => [false, it] as const),
    ...statements.map((it) => [true, it] as const),
  ]) {
    if (
      !/\b(?:messages|message_attempts|incoming_messages|orders|order_events|customers|customer_\w+|audit_trail|opt_outs)\b/.test(
        each.sql,
      )
    )
      continue;
    await pool.query(`set enable_sort = ${afterwards ? 'off' : 'on'}`);
    found.push(...(await walks(each)));
  }
  expect(asked.length + statements.length).toBeGreaterThan(40);
  expect(found).toEqual([]);
});
