// Owns the service as a whole: pools, the sandbox, the worker and the application, put together from the configuration.

import type { Kysely } from 'kysely';
import { createApp, openReadsAtOnce } from './app.ts';
import { callbacksPath } from './callbacks/callback-scope.ts';
import type { Config } from './config.ts';
import type { Observers } from './observe.ts';
import { intakeSettings } from './orders/place-orders.ts';
import { type Database, type DatabaseOptions, openDatabase, type PoolState } from './platform/database.ts';
import type { App } from './platform/http.ts';
import type { NewId } from './platform/ids.ts';
import type { Logger } from './platform/log.ts';
import { createSandbox, type Sandbox } from './sandbox/sandbox.ts';
import { startWorker, type Worker } from './worker.ts';

export interface ServiceParts extends Observers {
  config: Config;
  /** Of the database, which is migrated. */
  databaseUrl: string;
  clock: () => Date;
  /** Of a clock that nobody sets, for all that is waited for. */
  nowMs: () => number;
  newId: NewId;
  logger: Logger;
  /** Aborted when the process is told to stop. */
  stopping: AbortSignal;
  /** Where the sandbox's issuer keeps its keys; undefined to make new ones each time. */
  sandboxKeys?: string | undefined;
  /** How many messages and e-mails the sandbox keeps. */
  sandboxKeeps?: number | undefined;
}

export interface Pools {
  db: Kysely<Database>;
  /** The connections that place orders, see `intakeSettings`. */
  intakeDb: Kysely<Database>;
  replicaDb: Kysely<Database> | undefined;
  /** The connections for what anybody may read. */
  openDb: Kysely<Database>;
  /** How each is at this moment, by name. */
  states: Record<string, () => PoolState>;
  close(): Promise<void>;
}

export interface Service {
  /** Undefined in a worker. It doesn't listen yet. */
  app: App | undefined;
  /** Undefined in production, beside anything real, and in a worker, which uses that of the API's process. */
  sandbox: Sandbox | undefined;
  worker: Worker | undefined;
}

export function openPools({
  config,
  databaseUrl: url,
  tracing,
}: Pick<ServiceParts, 'config' | 'databaseUrl' | 'tracing'>): Pools {
  const states: Pools['states'] = {};
  const pools: Kysely<Database>[] = [];
  const open = (
    name: string,
    options: Pick<DatabaseOptions, 'url' | 'name' | 'maxConnections'> & Partial<DatabaseOptions>,
  ) => {
    const watchPool = (state: () => PoolState) => void (states[name] = state);
    const db = openDatabase({ ...options, watchPool, onStatement: tracing?.statementEnded });
    pools.push(db);
    return db;
  };
  const replica = config.databaseReplicaUrl;
  return {
    db: open('main', { url, name: `agizo ${config.role}`, maxConnections: 10 }),
    intakeDb: open('intake', {
      url,
      name: 'agizo intake',
      maxConnections: 2,
      settings: intakeSettings,
      prepares: true,
      pipelines: true,
    }),
    replicaDb: replica
      ? open('reads', { url: replica, name: 'agizo reads', maxConnections: 10, connectTimeoutMs: 1_000 })
      : undefined,
    openDb: open('open', {
      url,
      name: 'agizo open reads',
      maxConnections: openReadsAtOnce,
      settings: { statement_timeout: '2s' },
    }),
    states,
    close: async () => void (await Promise.all(pools.map((db) => db.destroy()))),
  };
}

/** Puts the rest together and starts what works by itself; the application is left to listen. */
export async function startService(parts: ServiceParts, { db, intakeDb, replicaDb, openDb }: Pools): Promise<Service> {
  const { config, clock, nowMs, newId, logger, metrics, tracing } = parts;
  const sandbox = await startSandbox(parts);
  // Only an API process may have none, and it sends nothing.
  const smtpUrl = config.mail.smtpUrl ?? sandbox?.smtpUrl ?? '';
  const shared = { config, db, clock, nowMs, newId, logger, metrics, tracing };
  const worker = config.role === 'api' ? undefined : startWorker({ ...shared, smtpUrl });
  const wake = (count: number) => worker?.wake(count);
  const app =
    config.role === 'worker'
      ? undefined
      : await createApp({ ...shared, replicaDb, intakeDb, openDb, wake, sandbox, stopping: parts.stopping });
  return { app, sandbox, worker };
}

/** Stops in the order that loses nothing. @param closeApp answers what was begun, and closes */
export async function stopService(
  { app, sandbox, worker }: Service,
  closeApp: (app: App) => Promise<void>,
): Promise<void> {
  if (app) await closeApp(app);
  await worker?.stop();
  await sandbox?.close();
}

/** What stands in for the outside world. */
async function startSandbox(parts: ServiceParts): Promise<Sandbox | undefined> {
  const { config, clock, newId, logger, sandboxKeys, sandboxKeeps } = parts;
  if (config.sandbox.standsInFor.size === 0) return undefined;
  return createSandbox({
    ...config,
    clock,
    newId,
    logger,
    callbacksUrl: config.publicUrl + callbacksPath('africas-talking', config.sms.callbackToken),
    keyFile: sandboxKeys,
    ...(sandboxKeeps !== undefined && { keep: sandboxKeeps }),
  });
}
