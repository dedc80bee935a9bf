// Owns the facts about several processes on one database: roles apart, and starts at the same moment.

import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { readMigrations } from '../../src/schema/migrations.ts';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase, eventually } from '../support/service.ts';

const mug = '11eb1775-893b-453d-a92a-529627c29b0a';
const phone = '+254712345678';

let launcher: Launcher;
let database: pg.Client;

beforeEach(() => {
  launcher = createLauncher();
});
afterEach(async () => {
  await database.end();
  await launcher.clean();
});

async function connectTo(url: string): Promise<void> {
  database = new pg.Client({ connectionString: url });
  await database.connect();
}

async function placeOrder({ url }: ServiceProcess): Promise<void> {
  const form = { grant_type: 'password', username: 'wanjiku@agizo.test', password: 'agizo', client_id: 'agizo' };
  const signIn = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = (await signIn.json()) as { access_token: string };
  const answer = await fetch(`${url}/api/v1/orders/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ product: mug, quantity: 1 }], phone_number: phone }),
  });
  expect(answer.status).toBe(201);
}

async function count(what: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`select count(*)::int as n from ${what}`);
  return rows[0]?.n ?? 0;
}

test('ROLE=api takes orders and sends nothing; ROLE=worker sends it, and opens no port', async () => {
  const url = await createTestDatabase();
  await connectTo(url);
  const mailbox = { SANDBOX_SMTP_PORT: String(await freePort()) };
  const api = await launcher.launch({ ROLE: 'api', DATABASE_URL: url, ...mailbox });
  await api.ready();
  await placeOrder(api);
  expect(await count('jobs')).toBe(1);
  expect(await count('messages')).toBe(0);

  // The worker's world is the API process, where the sandbox's gateway and its mailbox are.
  const worker = await launcher.launch({ ROLE: 'worker', DATABASE_URL: url, PUBLIC_URL: api.url, ...mailbox });
  await worker.ready();
  await eventually('the SMS', async () => {
    const answer = await fetch(`${api.url}/sandbox/messages?phone=${encodeURIComponent(phone)}`);
    return ((await answer.json()) as unknown[]).length === 1;
  });
  await eventually('the e-mail', async () => {
    const answer = await fetch(`${api.url}/sandbox/emails`);
    return ((await answer.json()) as unknown[]).length === 1;
  });
  await expect(fetch(`${worker.url}/livez`)).rejects.toThrow('fetch failed');
  expect((await worker.interrupt()).exitCode).toBe(0);
  expect((await api.interrupt()).exitCode).toBe(0);
});

test('processes that start at once on an empty database migrate it once and load the demo shop once', async () => {
  const empty = await createTestDatabase('template1');
  await connectTo(empty);
  // Holds up the first to migrate until the others are there too.
  await database.query('begin; create table schema_migrations ()');
  const all = await Promise.all([1, 2, 3].map(() => launcher.launch({ DATABASE_URL: empty })));
  const waiting = `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await eventually('all wait', async () => {
    // Within a transaction the view would stay as it was at the first look.
    await database.query('select pg_stat_clear_snapshot()');
    return (await count(waiting)) === all.length;
  });
  await database.query('rollback');
  await Promise.all(all.map((service) => service.ready()));
  expect(await count('schema_migrations')).toBe((await readMigrations('migrations')).length);
  expect(await count(`categories where code = 'HOUSE'`)).toBe(1);
});
