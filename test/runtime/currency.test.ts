// Owns the fact that a shop keeps its currency: the same numbers in another would be other prices.

import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { agizo } from '../support/agizo.ts';
import { createLauncher } from '../support/process.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/service.ts';

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<T>(sql);
  await client.end();
  return rows;
}

const currencyOf = async (url: string) =>
  (await query<{ currency: string }>(url, 'select currency from shop'))[0]?.currency;
const csv = 'sku,name,category,price\nMUG,Mug,Kitchen,1500\n';

test('is set by the first start, and a start with another is refused, in production too', async () => {
  const launcher = createLauncher();
  const DATABASE_URL = await createTestDatabase();
  const first = await launcher.launch({ DATABASE_URL, CURRENCY: 'KES' });
  await first.ready();
  const [before] = (await (await fetch(`${first.url}/api/v1/products/?limit=1`)).json()) as [{ price: number }];
  await first.interrupt();
  const production = {
    NODE_ENV: 'production',
    OIDC_ISSUER: 'http://127.0.0.1:1/',
    AUTH0_IDENTIFIER: 'shop',
    AFRICA_TALKING_CALLBACK_TOKEN: '5f1b0c9a7d3e482b6a90',
    METRICS_PORT: 'off',
  };
  for (const more of [{}, { ...production, ROLE: 'api' }]) {
    const second = await launcher.launch({ DATABASE_URL, CURRENCY: 'UGX', ...more });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/prices of this shop are in KES, and CURRENCY is UGX.*docs\/operations\.md/);
  }
  const again = await launcher.launch({ DATABASE_URL, CURRENCY: 'KES' });
  await again.ready();
  const [after] = (await (await fetch(`${again.url}/api/v1/products/?limit=1`)).json()) as [{ price: number }];
  expect(after).toMatchObject({ price: before.price, currency: 'KES' });
  await launcher.clean();
});

test.each([
  ['worker', ['worker'], { SMTP_URL: 'smtp://127.0.0.1:1' }],
  ['import', ['import', 'products', '-'], {}],
  ['import --dry-run', ['import', 'products', '-', '--dry-run'], {}],
  ['seed', ['seed'], {}],
  ['seed --products', ['seed', '--products', '10'], {}],
])('%s with another is refused, and writes nothing', async (_name, args, environment: Record<string, string>) => {
  const DATABASE_URL = await createTestDatabase();
  expect((await agizo(['import', 'products', '-'], { DATABASE_URL, CURRENCY: 'KES' }, csv)).exitCode).toBe(0);
  const ended = await agizo(args, { DATABASE_URL, CURRENCY: 'UGX', ...environment }, csv);
  expect([ended.exitCode, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr).toMatch(/^The prices of this shop are in KES, and CURRENCY is UGX.*\n$/);
  expect(await query(DATABASE_URL, 'select price_minor::int from products')).toEqual([{ price_minor: 150_000 }]);
});

test('the doctor says so', async () => {
  const DATABASE_URL = await createTestDatabase();
  await agizo(['import', 'products', '-'], { DATABASE_URL, CURRENCY: 'KES' }, csv);
  expect((await agizo(['doctor'], { DATABASE_URL, CURRENCY: 'KES' })).stdout).toContain('Its prices are in KES.');
  const other = await agizo(['doctor'], { DATABASE_URL, CURRENCY: 'UGX' });
  expect(other.exitCode).toBe(1);
  expect(other.stdout).toMatch(/FAIL .*in KES, and CURRENCY is UGX/);
});

test('a dry run sets none', async () => {
  const DATABASE_URL = await createTestDatabase();
  await agizo(['import', 'products', '-', '--dry-run'], { DATABASE_URL, CURRENCY: 'UGX' }, csv);
  expect(await currencyOf(DATABASE_URL)).toBeUndefined();
});

test.each([
  ['with orders is in that of the newest', true, 'UGX'],
  ['without orders takes that of its next start', false, undefined],
])('a shop of a release before, %s', async (_what, hasOrders, currency) => {
  const url = await createEmptyDatabase();
  const all = await readMigrations('migrations');
  const place = all.findIndex(({ name }) => name.includes('shop_currency'));
  await migrate(url, all.slice(0, place));
  const order = (id: string, code: string) =>
    `insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address, created_at, updated_at)
     values ('${id}', '${id}', '${id}', 'pending', '${code}', 1, 'A', '', '+254712345678', '', now(), now());`;
  const orders =
    order('01890000-0000-7000-8000-000000000001', 'KES') + order('01900000-0000-7000-8000-000000000002', 'UGX');
  if (hasOrders) await query(url, `set session_replication_role = replica; ${orders}`);
  await migrate(url, all.slice(0, place + 1));
  expect(await currencyOf(url)).toBe(currency);
});

test('what the runbook says changes it, prices and all', async () => {
  const DATABASE_URL = await createTestDatabase();
  await agizo(['import', 'products', '-'], { DATABASE_URL, CURRENCY: 'KES' }, csv);
  const runbook = readFileSync('docs/operations.md', 'utf8');
  const sql = /^## Changing the currency$[^]*?^ {4}begin;$([^]*?)^ {4}commit;$/m.exec(runbook)?.[1] ?? '';
  await query(DATABASE_URL, `begin; ${sql}; commit`);
  expect(await query(DATABASE_URL, 'select price_minor::int from products')).toEqual([{ price_minor: 42_750 }]);
  expect((await agizo(['import', 'products', '-'], { DATABASE_URL, CURRENCY: 'UGX' }, csv)).exitCode).toBe(0);
});
