// Owns what is measured: a PostgreSQL of its own, databases in it, service processes, and the end of them all.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import packageJson from '../package.json' with { type: 'json' };
import { freePort, type LocalPostgres, startLocalPostgres } from '../src/local-database/local-postgres.ts';

export interface Service {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

export interface Stack {
  postgres: LocalPostgres;
  /** Of PostgreSQL. */
  version: string;
  /** A folder that goes with the stack. */
  folder: string;
  /** Creates an empty database and answers its URL. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Starts the product as `npm start` does, on a port of its own, and waits until it answers. */
  startService(databaseUrl: string, environment?: Record<string, string>): Promise<Service>;
  end(): Promise<void>;
}

const root = path.resolve(import.meta.dirname, '..');
// Whatever `npm start` gives Node, so that what is measured is what runs.
const [, ...startArguments] = packageJson.scripts.start.split(' ');
/** The part of them that is about Node and not about the service. */
export const nodeOptions = startArguments.filter((option) => /^--(?!import)/.test(option));
const readyTimeoutMs = 30_000;
const stopTimeoutMs = 8_000;

export async function startStack(extraSettings: Record<string, string> = {}): Promise<Stack> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-bench-'));
  const postgres = await startLocalPostgres(folder, extraSettings);
  const services = new Set<Service>();
  const admin = <T extends QueryResultRow>(sql: string) => query<T>(postgres.url, sql);
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const [shown] = await admin<Record<string, string>>(`show ${setting}`);
    if (shown?.[setting] !== 'on') throw new Error(`${setting} must be on`);
  }
  const [server] = await admin<{ server_version: string }>('show server_version');
  return {
    postgres,
    version: server?.server_version ?? '',
    folder,
    async createDatabase(name) {
      await admin(`create database ${name}`);
      return postgres.url.replace(/[^/]+$/, name);
    },
    dropDatabase: async (name) => void (await admin(`drop database if exists ${name} with (force)`)),
    async startService(databaseUrl, environment = {}) {
      const service = await startService(databaseUrl, folder, environment, (ended) => services.delete(ended));
      services.add(service);
      return service;
    },
    async end() {
      await Promise.all([...services].map((service) => service.stop()));
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startService(
  databaseUrl: string,
  folder: string,
  environment: Record<string, string>,
  onEnd: (service: Service) => void,
): Promise<Service> {
  const port = await freePort();
  const { NODE_ENV: _, ...inherited } = process.env;
  const child = spawn(process.execPath, startArguments, {
    cwd: root,
    // In a group of its own: Ctrl-C in the terminal is for the bench to answer, in the right order.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...inherited,
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      LOG_LEVEL: 'warn',
      DATA_DIR: path.join(folder, `service-${port}`),
      ROLE: 'api',
      // A thousand customers place what a country would.
      ORDERS_PER_CUSTOMER: 'off',
      NUMBERS_PER_CUSTOMER: 'off',
      REQUESTS_PER_CALLER: 'off',
      REQUESTS_PER_ADDRESS: 'off',
      ...environment,
    },
  });
  const service: Service = {
    port,
    pid: child.pid as number,
    async stop() {
      await endChild(child);
      onEnd(service);
    },
  };
  await untilReady(child, port);
  return service;
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  for (const deadline = Date.now() + readyTimeoutMs; Date.now() < deadline; await delay(50)) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  await endChild(child);
  throw new Error('the service did not become ready');
}

/** Asks a child process to end, and ends it after a while all the same. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** One statement on a connection of its own. */
export async function query<T extends QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new Client({ connectionString: url, application_name: 'agizo bench' });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
