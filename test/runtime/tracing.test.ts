// Owns the facts about traces: one from the request through the job to the SMS, also where groups come in between.

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agizo } from '../support/agizo.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase, eventually } from '../support/service.ts';
import { unlimited } from '../support/unlimited.ts';

const mug = '11eb1775-893b-453d-a92a-529627c29b0a';

let launcher: Launcher;
let collector: Collector;
let service: ServiceProcess;
let databaseUrl: string;
let token: string;

beforeAll(async () => {
  launcher = createLauncher();
  collector = await startCollector();
  databaseUrl = await createTestDatabase();
  service = await launcher.launch({
    DATABASE_URL: databaseUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    ...unlimited,
  });
  await service.ready();
  token = (await agizo(['token'], { PORT: String(service.port) })).stdout.trim();
});
afterAll(async () => {
  await launcher.clean();
  await collector.stop();
});

interface Traced {
  traceId: string;
  spanId: string;
  headers: Record<string, string>;
}

function newTrace(): Traced {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

async function place({ headers }: Traced, phone: string): Promise<void> {
  const answer = await fetch(`${service.url}/api/v1/orders/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ items: [{ product: mug, quantity: 1 }], phone_number: phone }),
  });
  expect(answer.status).toBe(201);
}

/** The spans of a trace, once one of this name has come. */
const spansOf = ({ traceId }: Traced, until: string): Promise<CollectedSpan[]> =>
  eventually(`${until} is in the trace`, () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    return spans.some(({ name }) => name === until) && spans;
  });

const attributesOf = (span: CollectedSpan | undefined): Record<string, unknown> =>
  Object.fromEntries(span?.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]) ?? []);

test('the caller’s trace goes on from the request over the database and the job to the SMS and the e-mail', async () => {
  const trace = newTrace();
  await place(trace, '+254712345678');
  await spansOf(trace, 'send email');
  const spans = await spansOf(trace, 'send sms');
  const named = (name: string) => spans.find((span) => span.name === name);

  const request = named('POST /api/v1/orders/');
  expect(request).toMatchObject({ parentSpanId: trace.spanId, kind: 2 });
  expect(attributesOf(request)).toMatchObject({ 'http.route': '/api/v1/orders/', 'http.response.status_code': 201 });
  const placing = named('place orders');
  for (const child of [placing, named('orders-changed'), named('send sms'), named('send email')])
    expect(child?.parentSpanId).toBe(request?.spanId);
  const statements = spans.filter((span) => span.parentSpanId === placing?.spanId);
  expect(statements.map(({ name }) => name)).toEqual(expect.arrayContaining(['begin', 'select', 'with', 'commit']));
  expect(attributesOf(named('send sms'))).toMatchObject({ 'agizo.outcome': 'accepted', 'agizo.attempt': 1 });
  expect([...collector.resource]).toEqual(
    expect.arrayContaining([
      ['service.name', 'agizo'],
      ['deployment.environment.name', 'test'],
    ]),
  );
});

test('orders that are placed together keep a trace each, linked to that of their group and back', async () => {
  const traces = Array.from({ length: 24 }, newTrace);
  await Promise.all(traces.map((trace, index) => place(trace, `+2547000000${String(index).padStart(2, '0')}`)));
  const all = await Promise.all(traces.map((trace) => spansOf(trace, 'send sms')));
  const groups = collector.spans.filter(({ name, links }) => name === 'place orders' && (links?.length ?? 0) > 1);
  expect(groups.length).toBeGreaterThan(0);
  const together = new Set(groups.flatMap(({ links }) => links?.map((link) => link.traceId)));
  for (const [index, spans] of all.entries()) {
    if (!together.has(traces[index]?.traceId)) continue;
    const [placing] = spans.filter(({ name }) => name === 'place order');
    expect(groups.map(({ spanId }) => spanId)).toContain(placing?.links?.[0]?.spanId);
  }
});

test('a trace says nothing of who ordered', async () => {
  const trace = newTrace();
  await place(trace, '+254798765432');
  const text = JSON.stringify(await spansOf(trace, 'send sms'));
  for (const secret of ['798765432', 'wanjiku', token]) expect(text.toLowerCase()).not.toContain(secret);
});

test('a fault is logged with the trace it happened in', async () => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('alter table products rename to hidden_products');
  const trace = newTrace();
  const answer = await fetch(`${service.url}/api/v1/products/${mug}/`, { headers: trace.headers });
  await client.query('alter table hidden_products rename to products');
  await client.end();
  expect(answer.status).toBe(500);
  await eventually('it is in the log', () => service.output().includes(`"trace_id":"${trace.traceId}"`));
  expect((await spansOf(trace, 'GET /api/v1/products/:id/')).some(({ status }) => status.code === 2)).toBe(true);
});
