// Owns `npm run bench:messages`: how many SMS a second workers hand to a gateway that takes 100 ms, and what that costs.

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../src/local-database/local-postgres.ts';
import { migrate, readMigrations } from '../src/schema/migrations.ts';
import { residentMb, treeCpuMs } from './cpu.ts';
import { quantile } from './figures.ts';
import { endChild, nodeOptions, query, type Stack, startStack } from './stack.ts';

const gatewayMs = 100;
const settleMs = 2_000;
const timeoutMs = 180_000;
const startMs = 30_000;
const root = path.resolve(import.meta.dirname, '..');

interface Gateway {
  url: string;
  /** When each message came, by its recipient. */
  taken: Map<string, number[]>;
  close(): void;
}

/** It answers each message after 100 ms, and remembers all of them. */
async function startGateway(): Promise<Gateway> {
  const taken = new Map<string, number[]>();
  let ids = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const to = new URLSearchParams(body).get('to') ?? '';
      taken.set(to, [...(taken.get(to) ?? []), performance.now()]);
      const recipient = {
        statusCode: 101,
        number: to,
        status: 'Success',
        cost: 'KES 0.8000',
        messageId: `A${(ids += 1)}`,
      };
      const answer = { SMSMessageData: { Message: 'Sent to 1/1 Total Cost: KES 0.8000', Recipients: [recipient] } };
      setTimeout(() => response.writeHead(201).end(JSON.stringify(answer)), gatewayMs);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface BenchWorker {
  child: ChildProcess;
  /** What it has said, for when it ends by itself. */
  output: () => string;
}

function startWorker(databaseUrl: string, gatewayUrl: string): BenchWorker {
  const { NODE_ENV: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, 'src/main.ts'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      ROLE: 'worker',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      AFRICA_TALKING_BASE_URL: gatewayUrl,
      SMS_QUIET_HOURS: 'none',
      // Nothing is mailed.
      SMTP_URL: 'smtp://127.0.0.1:9',
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (text = (text + String(chunk)).slice(-8_000)));
  return { child, output: () => text };
}

/** @throws Error with its output where one has ended */
function assertAllRun(workers: readonly BenchWorker[]): void {
  for (const { child, output } of workers) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`a worker ended:\n${output()}`);
  }
}

async function untilAllRun(workers: readonly BenchWorker[]): Promise<void> {
  for (const deadlineMs = performance.now() + startMs; performance.now() < deadlineMs; await delay(50)) {
    assertAllRun(workers);
    if (workers.every(({ output }) => output().includes('worker is running'))) return;
  }
  throw new Error(`a worker did not start in ${startMs} ms:\n${workers.map(({ output }) => output()).join('\n')}`);
}

interface Measured {
  workers: number;
  messages: number;
  perSecond: number;
  doubles: number;
  p50Ms: number;
  p99Ms: number;
  workerCpuMs: number;
  postgresCpuMs: number;
  /** Of the largest worker: a quarter into the run, and at its end. */
  earlyMb: number;
  lateMb: number;
}

let databases = 0;

async function measure(stack: Stack, workers: number, messages: number): Promise<Measured> {
  const name = `messages_${(databases += 1)}`;
  const url = await stack.createDatabase(name);
  await migrate(url, await readMigrations(path.join(root, 'migrations')));
  const gateway = await startGateway();
  const started = Array.from({ length: workers }, () => startWorker(url, gateway.url));
  const pids = started.map(({ child }) => child.pid as number);
  const cpu = () => ({
    workers: pids.reduce((sum, pid) => sum + treeCpuMs(pid), 0),
    postgres: treeCpuMs(stack.postgres.pid),
  });
  const memory = () => Math.max(...pids.map(residentMb));
  try {
    // Started and idle: starting is not what is measured.
    await untilAllRun(started);
    await delay(settleMs);
    const before = cpu();
    await queue(url, messages);
    let earlyMb = 0;
    const count = () => [...gateway.taken.values()].reduce((sum, { length }) => sum + length, 0);
    for (const deadline = performance.now() + timeoutMs; ; await delay(100)) {
      const done = count();
      if (earlyMb === 0 && done >= messages / 4) earlyMb = memory();
      if (done >= messages) break;
      assertAllRun(started);
      if (performance.now() > deadline) throw new Error(`${done} of ${messages} messages after ${timeoutMs} ms`);
    }
    const lateMb = memory();
    await delay(settleMs);
    const after = cpu();
    const times = [...gateway.taken.values()].flat().toSorted((a, b) => a - b);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const attempts = await query<{ ms: number }>(
      url,
      `select extract(epoch from ended_at - started_at)::float8 * 1000 as ms from message_attempts where outcome = 'accepted' order by 1`,
    );
    const sorted = attempts.map(({ ms }) => ms);
    const [unsent] = await query<{ count: number }>(
      url,
      `select count(*)::int as count from messages where status <> 'sent'`,
    );
    if (sorted.length !== messages || unsent?.count !== 0) throw new Error('the ledger does not say that all are sent');
    return {
      ...{ workers, messages, perSecond: messages / ((last - first) / 1000), doubles: times.length - messages },
      ...{ p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), earlyMb, lateMb },
      workerCpuMs: ((after.workers - before.workers) / messages) * 1000,
      postgresCpuMs: ((after.postgres - before.postgres) / messages) * 1000,
    };
  } finally {
    await Promise.all(started.map(({ child }) => endChild(child)));
    gateway.close();
    await stack.dropDatabase(name);
  }
}

async function queue(url: string, messages: number): Promise<void> {
  await query(
    url,
    `insert into messages (id, channel, kind, recipient, body, status, due_at, created_at, updated_at)
    select uuidv7(), 'sms', 'order-pending', '+2547' || lpad(i::text, 8, '0'),
      'We have your order, total KES 1,450. We will text you when it is confirmed. Thank you!', 'queued', now(), now(), now()
    from generate_series(1, $1::int) as i`,
    [messages],
  );
}

const { values } = parseArgs({ options: { messages: { type: 'string', default: '20000' } } });
const messages = Number(values.messages);
const stack = await startStack();
try {
  const lines = [
    `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${process.version}, PostgreSQL ${stack.version}; gateway ${gatewayMs} ms.`,
    '',
    '| workers | SMS | SMS a second | sent twice | attempt p50 ms | p99 ms | worker CPU | PostgreSQL CPU | worker MB, early | late |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const workers of [1, 2, 4]) {
    const row = await measure(stack, workers, messages);
    const cells = [
      row.workers,
      row.messages,
      row.perSecond.toFixed(0),
      row.doubles,
      row.p50Ms.toFixed(0),
      row.p99Ms.toFixed(0),
    ];
    const costs = [row.workerCpuMs, row.postgresCpuMs, row.earlyMb, row.lateMb].map((value) => value.toFixed(0));
    lines.push(`| ${[...cells, ...costs].join(' | ')} |`);
    process.stderr.write(`${lines.at(-1)}\n`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  await stack.end();
}
