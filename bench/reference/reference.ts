// Owns the bar: a hand-written stored procedure that places one order a transaction, with no HTTP, token or validation.

import { spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { endedChildrenCpuMs, treeCpuMs } from '../cpu.ts';
import { type Figures, medianOf, quantile } from '../figures.ts';
import { type OrderKind, outputOf } from '../load.ts';
import { query, type Stack } from '../stack.ts';

export interface Reference {
  /** The better of 8 and 32 connections for spread, 32 for hot. */
  spread: Figures;
  hot: Figures;
  /** Spread over one connection. */
  lone: Figures;
}

const pgbench = [...globSync('/usr/lib/postgresql/*/bin/pgbench').toSorted(), 'pgbench']
  .toReversed()
  .find((command) => spawnSync(command, ['--version']).error === undefined);

export const referenceClient = pgbench === undefined ? 'Node and pg' : 'pgbench';

/** Measures the reference in a database of its own, on the same PostgreSQL as the product. */
export async function measureReference(stack: Stack, seconds: number, times: number): Promise<Reference> {
  const url = await openReference(stack, seconds);
  const run = async (kind: OrderKind, connections: number) => {
    const figures: Figures[] = [];
    for (let time = 0; time < times; time += 1) figures.push(await runOnce(stack, url, kind, connections, seconds));
    return medianOf(figures);
  };
  const [eight, thirtyTwo] = [await run('spread', 8), await run('spread', 32)];
  const reference = {
    spread: eight.perSecond > thirtyTwo.perSecond ? eight : thirtyTwo,
    hot: await run('hot', 32),
    lone: await run('spread', 1),
  };
  await stack.dropDatabase('reference');
  return reference;
}

/** Opens the reference's database, warmed up and with its first statistics, until `dropDatabase('reference')`. */
export async function openReference(stack: Stack, seconds: number): Promise<string> {
  const url = await stack.createDatabase('reference');
  await query(url, readFileSync(path.join(import.meta.dirname, 'schema.sql'), 'utf8'));
  await runOnce(stack, url, 'spread', 8, seconds);
  await query(url, 'vacuum analyze');
  return url;
}

/** One run of the reference. */
export async function runOnce(
  stack: Stack,
  url: string,
  kind: OrderKind,
  connections: number,
  seconds: number,
): Promise<Figures> {
  const postgresBefore = treeCpuMs(stack.postgres.pid);
  const clientBefore = endedChildrenCpuMs(process.pid);
  const ownBefore = process.cpuUsage();
  const tookMs =
    pgbench === undefined
      ? await callFromNode(url, kind, connections, seconds)
      : await callFromPgbench(pgbench, stack.folder, url, kind, connections, seconds);
  const own = process.cpuUsage(ownBefore);
  const clientMs =
    pgbench === undefined ? (own.user + own.system) / 1000 : endedChildrenCpuMs(process.pid) - clientBefore;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const thousands = sorted.length / 1000;
  return {
    connections,
    perSecond: sorted.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    postgresCpuMs: (treeCpuMs(stack.postgres.pid) - postgresBefore) / thousands,
    generatorCpuMs: clientMs / thousands,
  };
}

/** pgbench writes down how long each transaction took; the third column is microseconds. */
async function callFromPgbench(
  command: string,
  folder: string,
  url: string,
  kind: OrderKind,
  connections: number,
  seconds: number,
): Promise<Float64Array> {
  const prefix = 'pgbench-log';
  const script = path.join(import.meta.dirname, `${kind}.pgbench`);
  const size = ['-j', '1', '-T', String(seconds), '-c', String(connections)];
  const log = ['-l', `--log-prefix=${path.join(folder, prefix)}`];
  await outputOf(command, ['-n', '-M', 'prepared', ...size, ...log, '-f', script, url]);
  const logs = readdirSync(folder).filter((file) => file.startsWith(prefix));
  const took = logs.flatMap((file) => readFileSync(path.join(folder, file), 'utf8').trim().split('\n'));
  for (const file of logs) rmSync(path.join(folder, file));
  return Float64Array.from(took, (line) => Number(line.split(' ')[2]) / 1000);
}

/** From 1 to `most`. */
const upTo = (most: number) => 1 + Math.floor(Math.random() * most);

/** The same calls as the pgbench scripts make. */
async function callFromNode(url: string, kind: OrderKind, connections: number, seconds: number): Promise<Float64Array> {
  const ids = new Map(
    (await query<{ id: string; n: number }>(url, 'select id, n from products')).map((row) => [row.n, row.id]),
  );
  const items = () =>
    kind === 'hot'
      ? [{ product: ids.get(7), quantity: 1 }]
      : [
          { product: ids.get(upTo(500)), quantity: 2 },
          { product: ids.get(500 + upTo(500)), quantity: 1 },
        ];
  const took: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  const client = async () => {
    const connection = new Client({ connectionString: url });
    await connection.connect();
    while (performance.now() < deadline) {
      const customer = upTo(10_000);
      const start = performance.now();
      await connection.query({
        name: 'place',
        text: 'select place_order($1, $2, $3, $4)',
        values: [
          `auth0|${customer}`,
          `+2547${String(customer).padStart(8, '0')}`,
          JSON.stringify(items()),
          crypto.randomUUID(),
        ],
      });
      took.push(performance.now() - start);
    }
    await connection.end();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return Float64Array.from(took);
}
