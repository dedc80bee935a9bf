// Owns the service under test: the real application on a port of its own, a database of its own, and the sandbox as the world.

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import pg from 'pg';
import type { DestinationStream } from 'pino';
import { inject } from 'vitest';
import { createApp } from '../../src/app.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { intakeSettings } from '../../src/orders/place-orders.ts';
import { callbacksPath } from '../../src/platform/callback-scope.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import type { App } from '../../src/platform/http.ts';
import { createIds, type NewId } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/log.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { startWorker, type Worker } from '../../src/worker.ts';
import { databaseUrl, templateDatabase } from './postgres.ts';

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
    // Tests run at any time of the day.
    SMS_QUIET_HOURS: 'none',
    ...options.environment,
  });
  const ownDatabaseUrl = options.sharing?.databaseUrl ?? (await createTestDatabase());
  const db = openDatabase({ url: ownDatabaseUrl, name: 'agizo test', maxConnections: 10 });
  const intakeDb = openDatabase({
    url: ownDatabaseUrl,
    name: 'agizo test intake',
    maxConnections: 2,
    settings: intakeSettings,
    prepares: true,
    pipelines: true,
  });
  const replicaDb = options.replicaUrl
    ? openDatabase({ url: options.replicaUrl, name: 'agizo test reads', maxConnections: 10, connectTimeoutMs: 1_000 })
    : undefined;
  const clock = options.clock ?? (() => new Date());
  const newId = createIds();
  const logger = options.log ? createLogger('debug', options.log) : createLogger(config.logLevel);
  const sandbox = await createSandbox({
    ...config,
    callbacksUrl: url + callbacksPath('africas-talking', config.sms.callbackToken),
    keyFile: undefined,
    ...(options.keep !== undefined && { keep: options.keep }),
    clock,
    newId,
    logger,
  });
  const worker: Worker | undefined =
    options.worker === false
      ? undefined
      : startWorker({ config, db, clock, newId, logger, smtpUrl: config.mail.smtpUrl ?? sandbox.smtpUrl });
  const app = await createApp({
    config,
    db,
    replicaDb,
    intakeDb,
    logger,
    clock,
    newId,
    wake: (count) => worker?.wake(count),
    sandbox,
    stopping: new AbortController().signal,
  });
  await app.listen({ port, host: '127.0.0.1' });

  const service: Service = {
    url,
    databaseUrl: ownDatabaseUrl,
    app,
    db,
    config,
    sandbox,
    newId,
    request: (method, path, parts) => send(url, method, path, parts),
    tokenFor: (name) => signIn(url, config, name),
    async stop() {
      // A connection that was busy when closing began, such as a callback's, would be kept alive for another minute.
      const cut = setTimeout(() => app.server.closeAllConnections(), 1_000);
      await app.close();
      clearTimeout(cut);
      await worker?.stop();
      await sandbox.close();
      await Promise.all([db.destroy(), intakeDb.destroy(), replicaDb?.destroy()]);
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
