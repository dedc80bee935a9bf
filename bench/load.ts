// Owns the load: wrk where it is installed, autocannon where it isn't, both answering the same figures.

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import autocannon from 'autocannon';
import { endedChildrenCpuMs } from './cpu.ts';
import type { Shop } from './shop.ts';
import { endChild } from './stack.ts';

export type OrderKind = 'spread' | 'hot';

export interface Load {
  /** Answered with 2xx. */
  accepted: number;
  /** Answered with anything else. */
  refused: number;
  /** Connections that broke or requests without an answer in time. */
  socketErrors: number;
  seconds: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** CPU that making the load took. */
  cpuMs: number;
}

interface Asked {
  connections: number;
  seconds: number;
}

const hasWrk = spawnSync('wrk', ['--version']).error === undefined;
export const loadGenerator = hasWrk ? 'wrk' : 'autocannon';

/** Ends the load generator that is running, if one is. */
export async function endLoad(): Promise<void> {
  await Promise.all([...running].map(endChild));
}

const running = new Set<ReturnType<typeof spawn>>();

const oneOf = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** `connections` customers who each place one order after another, as fast as they are answered. */
export async function placeOrders(shop: Shop, kind: OrderKind, asked: Asked): Promise<Load> {
  const ports = shop.services.map((service) => service.port);
  if (hasWrk) {
    return runWrk('orders.lua', ports, asked, [kind], {
      AGIZO_BENCH_FILE: shop.ordersFile,
      AGIZO_BENCH_PORTS: ports.join(' '),
    });
  }
  const half = Math.floor(shop.productIds.length / 2);
  return runAutocannon(ports, asked, () => {
    const customer = oneOf(shop.customers);
    const items =
      kind === 'hot'
        ? [{ product: shop.productIds[0], quantity: 1 }]
        : [
            { product: oneOf(shop.productIds.slice(0, half)), quantity: 2 },
            { product: oneOf(shop.productIds.slice(half)), quantity: 1 },
          ];
    return {
      method: 'POST',
      path: '/api/v1/orders/',
      headers: {
        authorization: `Bearer ${customer.token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ items, phone_number: customer.phoneNumber }),
    };
  });
}

/** `connections` readers who ask for these paths in turn. */
export async function read(
  shop: Pick<Shop, 'services'>,
  token: string | undefined,
  paths: string[],
  asked: Asked,
): Promise<Load> {
  const ports = shop.services.map((service) => service.port);
  if (hasWrk) return runWrk('get.lua', ports, asked, [token ?? '-', ...paths], {});
  let turn = 0;
  return runAutocannon(ports, asked, () => ({
    method: 'GET',
    path: paths[(turn += 1) % paths.length] as string,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  }));
}

async function runWrk(
  script: string,
  ports: number[],
  { connections, seconds }: Asked,
  scriptArguments: string[],
  environment: Record<string, string>,
): Promise<Load> {
  const cpuBefore = endedChildrenCpuMs(process.pid);
  const file = path.join(import.meta.dirname, script);
  const size = [`-t${ports.length}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '20s'];
  const output = await outputOf(
    'wrk',
    [...size, '-s', file, `http://127.0.0.1:${ports[0]}`, '--', ...scriptArguments],
    environment,
  );
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk said: ${output.slice(-2_000)}`);
  const { requests, ...figures } = JSON.parse(line) as Omit<Load, 'accepted' | 'cpuMs'> & { requests: number };
  return { ...figures, accepted: requests - figures.refused, cpuMs: endedChildrenCpuMs(process.pid) - cpuBefore };
}

/** What a command writes to its standard output. @throws when it fails. */
export function outputOf(command: string, args: string[], environment: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    running.add(child);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}: ${errors.slice(-2_000)}`));
    });
  });
}

async function runAutocannon(
  ports: number[],
  { connections, seconds }: Asked,
  next: () => { method: string; path: string; headers: Record<string, string>; body?: string },
): Promise<Load> {
  const cpuBefore = process.cpuUsage();
  const results = await Promise.all(
    ports.map((port) =>
      autocannon({
        url: `http://127.0.0.1:${port}`,
        connections: Math.ceil(connections / ports.length),
        duration: seconds,
        requests: [{ setupRequest: (request) => ({ ...request, ...next() }) }],
      }),
    ),
  );
  const cpu = process.cpuUsage(cpuBefore);
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((total, each) => total + of(each), 0);
  const worst = (of: (result: (typeof results)[number]) => number) => Math.max(...results.map(of));
  return {
    accepted: sum((result) => result['2xx']),
    refused: sum((result) => result.non2xx),
    socketErrors: sum((result) => result.errors),
    seconds: worst((result) => result.duration),
    p50Ms: worst((result) => result.latency.p50),
    p95Ms: worst((result) => result.latency.p97_5),
    p99Ms: worst((result) => result.latency.p99),
    cpuMs: (cpu.user + cpu.system) / 1000,
  };
}
