// Owns the facts about how the ledger is read when it is long: on indexes, whatever is asked for, and never from end to end.

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Access, type LedgerFilter, listLedger } from '../../src/messages/ledger-store.ts';
import type { Database } from '../../src/platform/database.ts';
import { type Service, startService } from '../support/service.ts';

const messageCount = 70_000;
/** The id, and the order, of the message with this number: the first is the oldest. */
const at = (number: number) => {
  const hex = number.toString(16).padStart(9, '0');
  return `019${hex.slice(0, 5)}-${hex.slice(5)}-7000-8000-000000000000`;
};

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
  await service.db.transaction().execute(async (trx) => {
    // Orders that are not there will do: what is looked at is the ledger.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`
      insert into messages (id, channel, order_id, kind, recipient, status, due_at, created_at, updated_at)
      select id, case when n % 5 = 0 then 'email' else 'sms' end, case when n % 100 > 0 then id end,
        case when n = 1 then 'alarm' else 'order-pending' end, '+2547' || lpad((n / 2)::text, 8, '0'),
        case when n % 1000 = 7 then 'failed' when n % 1000 = 8 then 'cancelled' when n % 2000 = 9 then 'queued' else 'sent' end,
        now(), now(), now()
      from (select n, ('019' || lpad(to_hex(n >> 16), 5, '0') || '-' || lpad(to_hex(n & 65535), 4, '0') || '-7000-8000-000000000000')::uuid as id
        from generate_series(1, ${messageCount}) as n) as numbered`.execute(trx);
  });
}, 60_000);

afterAll(async () => {
  await db.destroy();
  await service.stop();
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

async function planOf(access: Access, filter: LedgerFilter): Promise<PlanNode[]> {
  statements.length = 0;
  await listLedger(db, access, filter, 50);
  const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  const plans: PlanNode[] = [];
  await pool.query('begin');
  for (const statement of statements.filter((each) => !/^(?:begin|commit)/.test(each.sql))) {
    const setsOnly = statement.sql.includes('set_config');
    const { rows } = await pool.query(`${setsOnly ? '' : 'explain (format json)'} ${statement.sql}`, [
      ...statement.parameters,
    ]);
    if (setsOnly) continue;
    plans.push(...(rows[0]['QUERY PLAN'] as { Plan: PlanNode }[]).flatMap(({ Plan }) => flatten(Plan)));
  }
  await pool.query('rollback');
  return plans;
}

const accesses: [what: string, access: Access, filter: LedgerFilter, index: string][] = [
  ['the newest', { by: 'newest' }, {}, 'messages_pkey'],
  ['the next page', { by: 'newest' }, { beforeId: at(40_000) }, 'messages_pkey'],
  ['a day', { by: 'newest' }, { fromId: at(20_000), beforeId: at(21_000) }, 'messages_pkey'],
  ['a channel', { by: 'newest' }, { channel: 'email' }, 'messages_pkey'],
  ['a rare kind', { by: 'newest' }, { kind: 'alarm' }, 'messages_pkey'],
  ['sent', { by: 'newest' }, { status: 'sent' }, 'messages_pkey'],
  ['delivered', { by: 'newest' }, { status: 'delivered' }, 'messages_pkey'],
  ['an order', { by: 'orders', orderIds: [at(30_001)] }, {}, 'messages_order'],
  ['a phone', { by: 'phone', orderIds: [at(30_001)], phonePrefix: '+25470001500' }, {}, 'messages_about_no_order'],
  ['what needs attention', { by: 'attention' }, { needsAttention: true }, 'messages_needing_attention'],
  ['failed', { by: 'status', status: 'failed' }, { status: 'failed' }, 'messages_ended_badly'],
  ['cancelled', { by: 'status', status: 'cancelled' }, { status: 'cancelled' }, 'messages_ended_badly'],
];

describe.each(['before', 'after'])('%s the table is first analysed', (when) => {
  beforeAll(async () => {
    if (when === 'after') await sql`analyze messages`.execute(service.db);
  });

  test.each(accesses)('%s: walks its index and reads nothing from end to end', async (_what, access, filter, index) => {
    const plan = await planOf(access, filter);
    const whole = plan.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'messages');
    expect(whole).toEqual([]);
    expect(plan.flatMap((node) => node['Index Name'] ?? [])).toContain(index);
  });

  test('queued: reads only what waits to be sent', async () => {
    const plan = await planOf({ by: 'status', status: 'queued' }, { status: 'queued' });
    expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(plan.flatMap((node) => node['Index Name'] ?? []).join()).toMatch(/messages_(?:due|unsent)/);
  });
});

test('what is rare is found page by page, each after looking at so many and no more', async () => {
  const first = await listLedger(db, { by: 'newest' }, { kind: 'alarm' }, 50);
  expect(first).toEqual({ messages: [], nextBeforeId: at(messageCount - 50_000 + 1) });
  const second = await listLedger(db, { by: 'newest' }, { kind: 'alarm', beforeId: first.nextBeforeId }, 50);
  expect(second.messages.map((message) => message.id)).toEqual([at(1)]);
  expect(second.nextBeforeId).toBeUndefined();
});

test('what is queued is found, however long ago', async () => {
  const page = await listLedger(db, { by: 'status', status: 'queued' }, { status: 'queued' }, 50);
  expect(page.messages.at(-1)?.id).toBe(at(9));
  expect(page.messages).toHaveLength(35);
});
