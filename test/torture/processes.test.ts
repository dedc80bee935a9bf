// Owns the facts about many processes on one database: nothing lost, doubled or oversold, also while they are killed.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import { seededRandom } from '../support/chance.ts';
import { type Crowd, findBroken, findSent, gatherCrowd, makeProduct, type Sent } from '../support/crowd.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { postgresOf } from '../support/process.ts';
import { eventually } from '../support/service.ts';
import { isLong, longestGapMs, phaseSeconds, say, seed } from './torture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-torture-'));
const random = seededRandom(seed);
const stock = new Map<string, number>();
const crowds: Crowd[] = [];
let postgres: LocalPostgres;
let way: Forwarder;
let fleet: Fleet;
let database: pg.Client;
let customers: { token: string; phone: string }[];
let staff: string[];

beforeAll(async () => {
  postgres = await startLocalPostgres(folder);
  way = await startForwarder(Number(new URL(postgres.url).port));
  fleet = await startFleet({ databaseUrl: way.through(postgres.url), apis: 3, workers: 2 });
  customers = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => ({
      token: await fleet.tokenFor(`customer${index}`),
      phone: `+2547000000${String(index).padStart(2, '0')}`,
    })),
  );
  staff = [await fleet.tokenFor('staff'), await fleet.tokenFor('staff')];
  await openDatabase();
  // The last sells out within moments, so that every order of it is a race.
  const url = fleet.apis[0]?.url as string;
  for (const amount of [1_000_000, 1_000_000, 5]) stock.set(await makeProduct(url, staff[0] as string, amount), amount);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await fleet?.stop();
  await way?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function openDatabase(): Promise<void> {
  database = new pg.Client({ connectionString: postgres.url });
  database.on('error', () => undefined);
  await database.connect();
}

function gather(): Crowd {
  const urls = fleet.apis.map((api) => api.url);
  const crowd = gatherCrowd({ urls, customers, staff, products: [...stock.keys()], random });
  crowds.push(crowd);
  return crowd;
}

const total = (of: (crowd: Crowd) => number) => crowds.reduce((sum, crowd) => sum + of(crowd), 0);

/** What arrived on the customers' phones against what the ledger says was sent. */
async function countArrived(sent: Sent): Promise<{ texts: number; twice: number }> {
  const pages = await Promise.all(
    customers.map(({ phone }) => fleet.world.get(`/sandbox/messages?phone=${encodeURIComponent(phone)}`)),
  );
  const arrived = (await Promise.all(pages.map((page) => page.json()))).flat() as { to: string; text: string }[];
  const texts = new Set(arrived.map(({ to, text }) => `${to} ${text}`)).size;
  expect(texts).toBeLessThanOrEqual(sent.messages);
  expect(texts).toBeGreaterThanOrEqual(sent.messages - sent.failed);
  return { texts, twice: arrived.length - texts };
}

const allSent = () => eventually('every message is sent', () => findSent(database), 120_000);

test('three API and two worker processes lose, double and oversell nothing, and send every SMS once', async () => {
  const crowd = gather();
  await delay(phaseSeconds(2) * 1_000);
  await crowd.end();
  const sent = await allSent();
  expect(await findBroken(database, crowds, stock)).toEqual([]);
  expect(crowd.refused()).toBeGreaterThan(0);
  expect(sent.messages).toBe(crowd.orders.size + crowd.moved.size);
  expect(await countArrived(sent)).toMatchObject({ twice: 0 });
  say(`${crowd.orders.size} orders through 3 processes, ${crowd.moved.size} moved on, ${sent.messages} SMS, each once`);
}, 300_000);

const oneOf = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;

const incidents = {
  'kill -9 of an API process': () => fleet.killAndReplace(oneOf(fleet.apis)),
  'kill -9 of a worker': () => fleet.killAndReplace(oneOf(fleet.workers)),
  'restart of PostgreSQL': restartPostgres,
};

/** An immediate shutdown: nobody is waited for, and what was not committed is lost. */
async function restartPostgres(): Promise<void> {
  await database.end().catch(() => undefined);
  process.kill(postgresOf(folder), 'SIGQUIT');
  await postgres.ended;
  postgres = await startLocalPostgres(folder);
  way.pointTo(Number(new URL(postgres.url).port));
  await openDatabase();
}

test(`every acknowledged order is there once, and all is well again, when processes and PostgreSQL are killed (seed ${seed})`, async () => {
  const crowd = gather();
  const kinds = Object.keys(incidents) as (keyof typeof incidents)[];
  const untilMs = performance.now() + phaseSeconds(0) * 1_000;
  let round = 0;
  do {
    const kind = kinds[round++ % kinds.length] as keyof typeof incidents;
    await delay(300 + 700 * random());
    const fromMs = performance.now();
    await incidents[kind]();
    const restartedMs = performance.now();
    await eventually('orders are placed again', () => (crowd.acknowledgedMs.at(-1) ?? 0) > restartedMs);
    const wellMs = await allReady();
    // In `npm test` others use the machine too, and starting a process is their time.
    if (isLong) expect(wellMs - fromMs).toBeLessThan(10_000);
    const gapMs = longestGapMs(crowd.acknowledgedMs, fromMs);
    say(`${kind}: all well after ${Math.round(wellMs - fromMs)} ms, no order for ${Math.round(gapMs)} ms`);
  } while (round < kinds.length || performance.now() < untilMs);
  await crowd.end();

  const sent = await allSent();
  expect(await findBroken(database, crowds, stock)).toEqual([]);
  expect(sent.messages).toBe(total(({ orders, moved }) => orders.size + moved.size));
  const { twice } = await countArrived(sent);
  expect(twice).toBeLessThanOrEqual(sent.ambiguous);
  await replayEach(crowd);
  say(
    `${crowd.orders.size} orders, ${crowd.moved.size} moved on, ${crowd.triedAgain()} requests tried again; SMS that went out twice: ${twice}`,
  );
}, 600_000);

/** When every API process says that it can serve. */
async function allReady(): Promise<number> {
  for (const { url } of fleet.apis) {
    await eventually(`${url} is ready`, async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok);
  }
  return performance.now();
}

/** The same key once more, some of them at each process, is answered with the same order. */
async function replayEach(crowd: Crowd): Promise<void> {
  const some = [...crowd.orders.values()].filter((_, index) => index % Math.ceil(crowd.orders.size / 100) === 0);
  for (const { id, key, token, body } of some) {
    const answer = await fetch(`${oneOf(fleet.apis).url}/api/v1/orders/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(((await answer.json()) as { id: string }).id).toBe(id);
  }
}
