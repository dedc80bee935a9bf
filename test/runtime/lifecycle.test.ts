// Owns the facts about the life of the process: starting, finding its data again, stopping, and being killed.

import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { createLauncher, isRunning, type Launcher, postgresOf, type ServiceProcess } from '../support/process.ts';
import { eventually } from '../support/service.ts';

const stopLimitMs = 5_000;
const mug = '11eb1775-893b-453d-a92a-529627c29b0a';

let launcher: Launcher;
let data: string;
/** The same for every start in a test: the sandbox's tokens name it. */
let port: string;

beforeEach(async () => {
  launcher = createLauncher();
  port = String(await freePort());
  data = path.join(launcher.folder, 'data');
});
afterEach(() => launcher.clean());

async function launchReady(): Promise<ServiceProcess> {
  const service = await launcher.launch({ PORT: port });
  await service.ready();
  return service;
}

async function tokenOf({ url }: ServiceProcess): Promise<string> {
  const form = { grant_type: 'password', username: 'wanjiku@agizo.test', password: 'agizo', client_id: 'agizo' };
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function placeOrder(service: ServiceProcess, token: string): Promise<string> {
  const answer = await fetch(`${service.url}/api/v1/orders/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ product: mug, quantity: 1 }], phone_number: '+254712345678' }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

async function ordersOf(service: ServiceProcess, token: string): Promise<string[]> {
  const answer = await fetch(`${service.url}/api/v1/orders/`, { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { id: string }[]).map((order) => order.id);
}

const postgresEnds = (pid: number) => eventually('PostgreSQL ends', () => !isRunning(pid), stopLimitMs);

async function expectCleanEnd(service: ServiceProcess, postgres: number): Promise<void> {
  const { exitCode, tookMs } = await service.interrupt();
  expect(exitCode, service.output()).toBe(0);
  expect(tookMs).toBeLessThan(stopLimitMs);
  expect(isRunning(postgres)).toBe(false);
}

test('the first start makes a shop to try, and the second finds its orders and sign-ins again', async () => {
  const first = await launchReady();
  expect(first.output()).toContain('Agizo is running');
  const token = await tokenOf(first);
  const order = await placeOrder(first, token);
  await expectCleanEnd(first, postgresOf(data));
  expect(existsSync(path.join(data, 'postgres/postmaster.pid'))).toBe(false);

  const second = await launchReady();
  expect(await ordersOf(second, token)).toEqual([order]);
  await expectCleanEnd(second, postgresOf(data));
});

test('npm start serves, and Ctrl-C in its terminal ends everything', async () => {
  const npm = await launcher.launchByNpm({ PORT: port });
  await npm.ready();
  const postgres = postgresOf(data);
  const { tookMs } = await npm.interrupt();
  expect(tookMs).toBeLessThan(stopLimitMs);
  await eventually('the whole process group has ended', () => !isRunning(-(npm.child.pid as number)), 1_000);
  expect(isRunning(postgres)).toBe(false);
});

test('npm start leaves nothing running when npm is told to end', async () => {
  const npm = await launcher.launchByNpm({ PORT: port });
  await npm.ready();
  const postgres = postgresOf(data);
  npm.child.kill('SIGTERM');
  await eventually('the whole process group has ended', () => !isRunning(-(npm.child.pid as number)));
  expect(isRunning(postgres)).toBe(false);
});

test('SIGTERM ends it as well as Ctrl-C', async () => {
  const service = await launchReady();
  const postgres = postgresOf(data);
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(isRunning(postgres)).toBe(false);
});

test('a request that never ends does not keep it from ending', async () => {
  const service = await launchReady();
  const token = await tokenOf(service);
  const hanging = connect(service.port, '127.0.0.1').on('error', () => undefined);
  const head = `POST /api/v1/orders/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`;
  hanging.write(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"items": [`);
  await once(hanging, 'connect');
  // The same connection asks for nothing more: another one, answered after it, shows that the first has arrived.
  await ordersOf(service, token);
  await expectCleanEnd(service, postgresOf(data));
});

test('PostgreSQL ends with a service that is killed, and the next start has every order', async () => {
  const killed = await launchReady();
  const token = await tokenOf(killed);
  const order = await placeOrder(killed, token);
  const postgres = postgresOf(data);
  killed.child.kill('SIGKILL');
  await killed.ended;
  // At once, while the PostgreSQL left behind may still be ending: it must wait for it.
  const next = await launchReady();
  expect(isRunning(postgres)).toBe(false);
  expect(await ordersOf(next, token)).toEqual([order]);
  await expectCleanEnd(next, postgresOf(data));
});

test('nothing is left running by a service that is killed and not started again', async () => {
  const killed = await launchReady();
  const postgres = postgresOf(data);
  killed.child.kill('SIGKILL');
  await postgresEnds(postgres);
});

test('a PostgreSQL that was killed too leaves a lock, which the next start gets over', async () => {
  const killed = await launchReady();
  const token = await tokenOf(killed);
  const order = await placeOrder(killed, token);
  const postgres = postgresOf(data);
  killed.child.kill('SIGKILL');
  process.kill(postgres, 'SIGKILL');
  await postgresEnds(postgres);
  expect(existsSync(path.join(data, 'postgres/postmaster.pid'))).toBe(true);
  const next = await launchReady();
  expect(await ordersOf(next, token)).toEqual([order]);
  await expectCleanEnd(next, postgresOf(data));
});

test('a PostgreSQL that is killed under a running service is started again, and orders go on', async () => {
  const service = await launchReady();
  const token = await tokenOf(service);
  const orders = [await placeOrder(service, token)];
  for (let times = 0; times < 2; times += 1) {
    const postgres = postgresOf(data);
    process.kill(postgres, 'SIGKILL');
    await postgresEnds(postgres);
    await eventually('it serves again', async () => (await fetch(`${service.url}/readyz`)).ok);
    orders.unshift(await placeOrder(service, token));
  }
  expect(await ordersOf(service, token)).toEqual(orders);
  expect(service.output().match(/PostgreSQL ended: it is started again/g)).toHaveLength(2);
  expect(service.output().match(/PostgreSQL is back/g)).toHaveLength(2);
  // The stacks of a fault: each kind once, however often it came.
  const stacks = service.output().match(/^ {4}(\w*[Ee]rror): .*$/gm) ?? [];
  expect(stacks.length).toBeLessThan(20);
  await expectCleanEnd(service, postgresOf(data));
});

test('while PostgreSQL cannot be started again the log stays short, and then all is well', async () => {
  const service = await launchReady();
  const token = await tokenOf(service);
  const config = path.join(data, 'postgres/postgresql.conf');
  const before = readFileSync(config, 'utf8');
  writeFileSync(config, 'wal_level = nonsense');
  process.kill(postgresOf(data), 'SIGKILL');
  await eventually('it was tried', () => service.output().includes('could not be started again'));
  const text = service.output();
  await eventually('the worker has noticed', () => service.output().includes('background work failed'));
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
  expect(service.output().match(/background work failed/g)?.length).toBeLessThan(6);
  expect(text).toContain('contains errors');
  writeFileSync(config, before);
  await eventually('it serves again', async () => (await fetch(`${service.url}/readyz`)).ok);
  await placeOrder(service, token);
  await expectCleanEnd(service, postgresOf(data));
});

test('a folder whose first start was interrupted is begun anew', async () => {
  const interrupted = await launcher.launch({ PORT: port });
  await eventually('it has begun', () => existsSync(data));
  interrupted.child.kill('SIGKILL');
  await interrupted.ended;
  const next = await launchReady();
  await expectCleanEnd(next, postgresOf(data));
});
