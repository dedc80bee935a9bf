// Owns the facts about the metrics of a running service.

import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { agizo } from '../support/agizo.ts';
import { scrape } from '../support/metrics.ts';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase, eventually } from '../support/service.ts';

let launcher: Launcher;
let service: ServiceProcess;
let metricsUrl: string;
let client: pg.Client;

beforeAll(async () => {
  launcher = createLauncher();
  const databaseUrl = await createTestDatabase();
  client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  service = await launcher.launch({ DATABASE_URL: databaseUrl, METRICS_PORT: String(port), HOST: '127.0.0.1' });
  await service.ready();
});
afterAll(async () => {
  await client.end();
  await launcher.clean();
});

const mug = '11eb1775-893b-453d-a92a-529627c29b0a';

async function place(product: string): Promise<number> {
  const { stdout } = await agizo(['token'], { PORT: String(service.port), HOST: '127.0.0.1' });
  const answer = await fetch(`${service.url}/api/v1/orders/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ product, quantity: 1 }], phone_number: '+254712345678' }),
  });
  return answer.status;
}

test('requests are counted by the pattern of their route, orders by outcome, and messages by what the provider said', async () => {
  expect(await place(mug)).toBe(201);
  expect(await place('00000000-0000-4000-8000-000000000000')).toBe(422);
  await fetch(`${service.url}/api/v1/products/${mug}/`);
  await fetch(`${service.url}/nowhere/${mug}/`);

  const facts = {
    'agizo_http_request_duration_seconds_count{method="POST",route="/api/v1/orders/",status="2xx"}': 1,
    'agizo_http_request_duration_seconds_count{method="POST",route="/api/v1/orders/",status="4xx"}': 1,
    'agizo_http_request_duration_seconds_count{method="GET",route="/api/v1/products/:id/",status="2xx"}': 1,
    'agizo_http_request_duration_seconds_count{method="GET",route="none",status="4xx"}': 1,
    'agizo_orders_total{outcome="placed"}': 1,
    'agizo_orders_total{outcome="refused"}': 1,
    'agizo_orders_total{outcome="turned_away"}': 0,
    agizo_intake_group_size_count: 2,
    agizo_intake_group_size_sum: 2,
    agizo_intake_group_duration_seconds_count: 2,
    agizo_intake_waiting: 0,
    'agizo_job_duration_seconds_count{kind="orders-changed",outcome="done"}': 1,
    'agizo_provider_request_duration_seconds_count{channel="sms",outcome="accepted"}': 1,
    'agizo_provider_request_duration_seconds_count{channel="email",outcome="accepted"}': 1,
    agizo_database_up: 1,
    'agizo_channel_paused{channel="sms"}': 0,
    'agizo_messages_oldest_unsent_seconds{channel="email"}': 0,
    'agizo_database_pool{pool="intake",state="waiting"}': 0,
  };
  await eventually('all of it is counted', async () => {
    const samples = await scrape(metricsUrl);
    return Object.entries(facts).every(([name, value]) => samples.get(name) === value);
  }).catch(async () => expect(Object.fromEntries(await scrape(metricsUrl))).toMatchObject(facts));
  const samples = await scrape(metricsUrl);
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
    expect(samples.has(name)).toBe(true);
  // No label holds what one customer did: an id would make a new series for each.
  expect([...samples.keys()].filter((name) => name.includes(mug))).toEqual([]);
});

test('jobs that are due or failed are told from the database', async () => {
  await client.query(`
    insert into jobs (id, kind, payload, run_at, failed_at, created_at)
    select gen_random_uuid(), 'orders-changed', '{}', now() - interval '1 minute', case when n > 1 then now() end, now()
    from generate_series(1, 3) as n`);
  // The one that is due is held by somebody, so that no worker takes it.
  await client.query('begin');
  await client.query('select from jobs where failed_at is null for update');
  await eventually(
    'the cached figures are read anew',
    async () => {
      const samples = await scrape(metricsUrl);
      const isTold = samples.get('agizo_jobs_due') === 1 && samples.get('agizo_jobs_failed') === 2;
      return isTold && (samples.get('agizo_jobs_oldest_due_seconds') ?? 0) >= 60;
    },
    15_000,
  );
  await client.query('rollback');
});

test('messages are told by channel, status and what holds them, and how old the oldest is', async () => {
  await client.query(
    `update channels set paused_at = now(), reason = 'a test', paused_by = 'staff' where channel = 'sms'`,
  );
  await client.query(`
    insert into messages (id, channel, kind, recipient, body, status, due_at, created_at, updated_at)
    select gen_random_uuid(), 'sms', 'a-test', '+254712345678', 'x', case when n = 1 then 'failed' else 'queued' end,
      now() + interval '1 hour', now() - interval '2 minutes', now()
    from generate_series(1, 3) as n`);
  const samples = await eventually(
    'the cached figures are read anew',
    async () => {
      const all = await scrape(metricsUrl);
      return all.get('agizo_messages{channel="sms",status="queued",held_for=""}') === 2 && all;
    },
    15_000,
  );
  expect(samples.get('agizo_messages{channel="sms",status="failed",held_for=""}')).toBe(1);
  expect(samples.get('agizo_channel_paused{channel="sms"}')).toBe(1);
  expect(samples.get('agizo_messages_oldest_unsent_seconds{channel="sms"}')).toBeGreaterThan(119);
});

test('only /metrics is there, and only to be read', async () => {
  const status = async (path: string, method = 'GET') => (await fetch(new URL(path, metricsUrl), { method })).status;
  expect([await status('/'), await status('/metrics', 'POST'), await status('/metrics?x=1')]).toEqual([404, 405, 200]);
});

test('a port in use is one sentence', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  );
  const second = await launcher.launch({
    DATABASE_URL: await createTestDatabase(),
    METRICS_PORT: String(port),
    HOST: '127.0.0.1',
  });
  expect(await second.ended).toBe(1);
  expect(second.output()).toBe(`Port ${port} is in use by another process: stop it, or set METRICS_PORT to another.\n`);
  taken.close();
});
