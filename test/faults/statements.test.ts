// Owns the facts about statements that fail: whatever writes, each statement that it sends fails once, and it is done whole or not at all.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/command-line.ts';
import { type Facts, type FactsReader, factsSince, openFacts } from '../support/facts.ts';
import { type FaultyStatements, faultyStatements } from '../support/faulty-statements.ts';
import { recipient } from '../support/gateway.ts';
import { noteTransactions, transactionsInSources } from '../support/transactions.ts';
import { type CommandWriter, commandWriters } from './command-writers.ts';
import { type FaultWorld, openFaultWorld, sendProducts } from './fault-world.ts';
import { operationWriters, type Request } from './operation-writers.ts';
import { jobWriters, runningTask, taskWriters } from './task-writers.ts';
import { type Said, tryWriter } from './try-writer.ts';

/** `npm run faults` has every fault at every statement. */
const isThorough = process.env['FAULTS'] === 'all';

let faulty: FaultyStatements;
let world: FaultWorld;
let facts: FactsReader;
let shop: Facts;
let transactions: ReturnType<typeof noteTransactions>;

beforeAll(async () => {
  transactions = noteTransactions();
  faulty = faultyStatements();
  world = await openFaultWorld();
  facts = await openFacts(world.service.databaseUrl);
  shop = await facts.readSettled();
});

afterEach(async () => {
  await facts.restore(shop);
  world.restart(0);
  world.gateway.answer(recipient(101, 'Success'));
});

afterAll(async () => {
  await world.stop();
  await facts.close();
  faulty.stop();
  transactions.stop();
});

const changed = new Set<string>();
const tools = () => ({ facts, faulty, isThorough, onChanged: (table: string) => void changed.add(table) });

interface Operation {
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
}

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
}

function listOperations(): Operation[] {
  const { paths } = world.service.app.swagger() as unknown as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase() as Operation['method'],
      path,
    })),
  );
}

async function ask({ method, path }: Operation, request: Request): Promise<Said> {
  const params = { token: world.service.config.sms.callbackToken, ...request.params };
  const answer = await world.service.app.inject({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name as 'token'])),
    headers: {
      ...(request.as && { authorization: `Bearer ${world.tokens[request.as]}` }),
      ...(request.csv !== undefined && { 'content-type': 'text/csv' }),
      ...(request.form && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...request.headers,
    },
    ...(request.body && { payload: request.body }),
    ...(request.csv !== undefined && { payload: request.csv }),
    ...(request.form && { payload: new URLSearchParams(request.form).toString() }),
  });
  if (answer.statusCode < 300) return 'done';
  if (answer.statusCode === request.again) return 'done before';
  if (answer.statusCode === 503 && answer.headers['retry-after'] !== undefined) return 'come again';
  if (answer.statusCode >= 500) return 'failed';
  throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
}

describe('an operation', () => {
  test('that may write has its case', () => {
    const writers = listOperations().filter(({ method }) => method !== 'GET');
    expect(Object.keys(operationWriters)).toEqual(expect.arrayContaining(writers.map(({ id }) => id)));
  });

  test.each(Object.keys(operationWriters))('%s is whole or not at all', async (id) => {
    const operation = listOperations().find((each) => each.id === id);
    if (!operation) throw new Error(`there is no operation ${id}`);
    const { begin, ...rest } = operationWriters[id] as (typeof operationWriters)[string];
    const request = await begin(world);
    await tryWriter({ attempt: () => ask(operation, request), tellsWhatPasses: true, ...rest }, tools());
  });
});

describe('a task of the worker', () => {
  test('has its case, and so has each kind of job', () => {
    const { work, handlers } = world.tasks;
    const tried = Object.entries(taskWriters).map(([name, { task = name }]) => task);
    expect(new Set([...tried, 'jobs'])).toEqual(new Set(Object.keys(work)));
    expect(Object.keys(jobWriters).toSorted()).toEqual(Object.keys(handlers).toSorted());
  });

  test.each(Object.keys(jobWriters))('a job of kind %s is whole or not at all', async (kind) => {
    const { begin, ...rest } = jobWriters[kind] as (typeof jobWriters)[string];
    await begin(world);
    await tryWriter({ ...runningTask(world, 'jobs'), ...rest }, tools());
  });

  test('a job that fails keeps why, and lets the others go first', async () => {
    const { db } = world.service;
    await sql`insert into jobs (id, kind, payload, run_at, created_at)
      values (gen_random_uuid(), 'sms-received', '{"id": "no id"}', now() - interval '1 hour', now())`.execute(db);
    await world.order();
    await world.work('jobs');
    const { rows } =
      await sql`select kind, attempts, last_error like '%no id%' as "saysWhy", run_at > now() as "isLater"
      from jobs`.execute(db);
    expect(rows).toEqual([{ kind: 'sms-received', attempts: 1, saysWhy: true, isLater: true }]);
  });

  test.each(Object.keys(taskWriters))('%s is whole or not at all', async (name) => {
    const { begin, task = name, ...rest } = taskWriters[name] as (typeof taskWriters)[string];
    await begin(world);
    await tryWriter({ ...runningTask(world, task), ...rest }, tools());
  });
});

describe('a command', () => {
  test('has its case', () => {
    expect(Object.keys(commandWriters).toSorted()).toEqual(commands.map(({ name }) => name).toSorted());
  });

  test.each(Object.keys(commandWriters).filter((name) => commandWriters[name] !== 'nothing'))(
    '%s is whole or not at all, and goes on where it was',
    async (name) => {
      await tryWriter({ isLong: true, ...(await (commandWriters[name] as CommandWriter)(world)) }, tools());
    },
  );
});

describe('nothing is left out', () => {
  test('what only reads writes nothing', async () => {
    const { id: message } = await world.sms('sent');
    const { id: order } = await world.order();
    const { body: customer } = await world.service.request('GET', '/api/v1/customers/me/', {
      token: world.tokens.customer,
    });
    const [product] = (await world.service.request('GET', '/api/v1/products/')).body;
    const ids = {
      orders: order,
      messages: message,
      products: product.id,
      categories: product.category,
      customers: customer.id,
      'product-imports': await sendProducts(world),
    };
    const newcomer = await world.service.request('GET', '/api/v1/customers/me/', { token: world.tokens.newcomer });
    await world.service.request('DELETE', '/api/v1/customers/me/', { token: world.tokens.newcomer });
    const of: Record<string, string> = { customers_erasure_read: newcomer.body.id, customers_data: customer.id };
    const before = await facts.readSettled();
    for (const { id, method, path } of listOperations()) {
      if (method !== 'GET' || id in operationWriters) continue;
      const params = { id: of[id] ?? ids[path.split('/').at(-3) as 'orders'], kind: 'order-confirmed', language: 'en' };
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: 'id') => params[name]);
      const query = id === 'products_average_price' ? `?category_id=${product.category}` : '';
      const { status, body } = await world.service.request(method, url + query, { token: world.tokens.staff });
      expect([id, status, body]).toEqual([id, 200, body]);
    }
    const textOf = factsSince(before);
    expect(textOf(await facts.readSettled())).toBe(textOf(before));
  });

  test('every table was written, and every transaction of the sources was begun', ({ task, skip }) => {
    const others = task.file.tasks.flatMap((each) => ('tasks' in each ? each.tasks : [each]));
    skip(
      others.some(({ mode }) => mode === 'skip'),
      'only a part was run',
    );
    const tables = Object.keys(shop).filter((table) => !changed.has(table));
    // Only an earlier release writes `notification_actions`, and a migration the key.
    expect(tables.toSorted()).toEqual(['notification_actions', 'opt_out_key']);
    const places = transactionsInSources().filter((place) => !transactions.seen.has(place));
    // A replica is only read.
    expect(places.filter((place) => !place.startsWith('src/platform/replica.ts'))).toEqual([]);
  });
});
