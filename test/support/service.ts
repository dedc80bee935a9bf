// Owns the service under test: the real application on a port of its own, a database of its own, and the sandbox as the world.

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import pg from 'pg';
import type { DestinationStream } from 'pino';
import { inject } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import type { Database } from '../../src/platform/database.ts';
import type { App } from '../../src/platform/http.ts';
import { createIds, type NewId } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/log.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openPools, startService as startParts, stopService } from '../../src/service.ts';
import { databaseUrl, templateDatabase } from './postgres.ts';
import { unlimited } from './unlimited.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- the JSON under test: each test says what it expects of it
  body: any;
}

export interface RequestParts {
  token?: string;
  /** Sent as JSON unless it is text. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Service {
  url: string;
  databaseUrl: string;
  app: App;
  db: Kysely<Database>;
  config: Config;
  sandbox: Sandbox;
  newId: NewId;
  request(method: string, path: string, parts?: RequestParts): Promise<Answer>;
  /** An access token of the sandbox's issuer: a customer's for any name, `staff` with every permission, `machine` too. */
  tokenFor(name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  environment?: Record<string, string>;
  /** Without a worker nothing is sent. */
  worker?: boolean;
  /** Another service to share a database with. */
  sharing?: Pick<Service, 'databaseUrl'>;
  /** A standby of the database. */
  replicaUrl?: string;
  clock?: () => Date;
  /** How many messages and e-mails the sandbox keeps. */
  keep?: number;
  /** Where the log goes, from `debug` up; nowhere unless given. */
  log?: DestinationStream;
}

/** A fresh copy of the migrated database, or of another: `template1` is an empty one. */
export async function createTestDatabase(template = templateDatabase): Promise<string> {
  const url = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Two files may ask for the template at once, which PostgreSQL refuses: one at a time.
  await client.query('select pg_advisory_lock(1)');
  await client.query(`create database ${name} template ${template}`);
  await client.end();
  return databaseUrl(url, name);
}

/** A database with nothing in it, not even our schema. */
export async function createEmptyDatabase(): Promise<string> {
  const url = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return databaseUrl(url, name);
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = readConfig({
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    LOG_LEVEL: 'silent',
    ...unlimited,
    // Tests run at any time of the day.
    SMS_QUIET_HOURS: 'none',
    ...options.environment,
  });
  const ownDatabaseUrl = options.sharing?.databaseUrl ?? (await createTestDatabase());
  const clock = options.clock ?? (() => new Date());
  const newId = createIds();
  const parts = {
    config: {
      ...config,
      databaseReplicaUrl: options.replicaUrl,
      role: options.worker === false ? 'api' : config.role,
      // The whole of the sandbox, for tests to look at, whatever the service is told to use.
      sandbox: { ...config.sandbox, standsInFor: new Set(['issuer', 'sms', 'mail'] as const) },
    },
    databaseUrl: ownDatabaseUrl,
    clock,
    // Where a test moves time, what is waited for goes by it too.
    nowMs: options.clock ? () => clock().getTime() : () => performance.now(),
    newId,
    logger: options.log ? createLogger('debug', options.log) : createLogger(config.logLevel),
    stopping: new AbortController().signal,
    sandboxKeeps: options.keep,
  } as const;
  const pools = openPools(parts);
  const { db } = pools;
  const running = await startParts(parts, pools);
  const { app, sandbox } = running as { app: App; sandbox: Sandbox };
  await app.listen({ port, host: '127.0.0.1' });

  const service: Service = {
    url,
    databaseUrl: ownDatabaseUrl,
    app,
    db,
    config: parts.config,
    sandbox,
    newId,
    request: (method, path, sent) => send(url, method, path, sent),
    tokenFor: (name) => signIn(url, config, name),
    async stop() {
      await stopService(running, async () => {
        // A connection that was busy when closing began, such as a callback's, would be kept alive for another minute.
        const cut = setTimeout(() => app.server.closeAllConnections(), 1_000);
        await app.close();
        clearTimeout(cut);
      });
      await pools.close();
    },
  };
  return service;
}

async function send(url: string, method: string, path: string, parts: RequestParts = {}): Promise<Answer> {
  const body = parts.body === undefined || typeof parts.body === 'string' ? parts.body : JSON.stringify(parts.body);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(parts.token !== undefined && { authorization: `Bearer ${parts.token}` }),
      ...parts.headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
}

async function signIn(url: string, config: Config, name: string): Promise<string> {
  const { clientId, audience } = config.identity;
  const grant =
    name === 'machine'
      ? { grant_type: 'client_credentials', client_id: 'agizo-machine', client_secret: 'agizo', audience }
      : { grant_type: 'password', username: `${name}@agizo.test`, password: 'agizo', client_id: clientId, audience };
  const answer = await send(url, 'POST', '/oauth/token', { body: grant });
  if (answer.status !== 200) throw new Error(`no token for ${name}: ${JSON.stringify(answer.body)}`);
  return answer.body.access_token;
}

/** Waits for a fact: asks until `find` gives something, and fails with what it is waiting for. */
export async function eventually<T>(
  what: string,
  find: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  timeoutMs = 30_000,
): Promise<T> {
  for (
    const deadline = Date.now() + timeoutMs;
    Date.now() < deadline;
    await new Promise((done) => setTimeout(done, 20))
  ) {
    const found = await find();
    if (found !== undefined && found !== null && found !== false) return found;
  }
  throw new Error(`did not happen in ${timeoutMs} ms: ${what}`);
}
