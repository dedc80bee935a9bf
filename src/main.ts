// Owns the process: configuration, database, application and worker, in this order, and their end in the reverse one.

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { loadEnvFile } from 'node:process';
import { createApp } from './app.ts';
import { loadDemoCatalog } from './catalog/demo.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { greeting } from './greeting.ts';
import { callbacksPath } from './notifications/callback-routes.ts';
import { intakeSettings } from './orders/place-orders.ts';
import { openDatabase } from './platform/database.ts';
import type { App } from './platform/http.ts';
import { createIds } from './platform/ids.ts';
import { LocalPostgresError, startLocalPostgres } from './platform/local-postgres.ts';
import { createLogger, readableLog } from './platform/log.ts';
import { assertMigrated, migrate, readMigrations, SchemaMismatch } from './platform/migrations.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import { startWorker } from './worker.ts';

const drainTimeoutMs = 3_000;
const stopTimeoutMs = 4_500;
const root = path.resolve(import.meta.dirname, '..');

/** What a person can mend, said in one sentence; anything else is a fault and shown whole. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (mendable.some((kind) => error instanceof kind)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && unreachable.has(code))
    return `The database is not answering (${code}): check DATABASE_URL.`;
  if (code !== undefined && refused.has(code)) return `The database refuses: ${error.message}. Check DATABASE_URL.`;
  return error.stack ?? error.message;
}

/** Something in the way of starting, in one sentence for a person. */
class CannotStart extends Error {
  override name = 'CannotStart';
}

const mendable = [CannotStart, ConfigError, LocalPostgresError, SchemaMismatch];
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']);
/** SQLSTATEs: wrong password, no entry in pg_hba.conf, no such database, not permitted. */
const refused = new Set(['28P01', '28000', '3D000', '42501']);

/** Asked before anything slow is begun. */
function assertPortFree(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portTaken(error, port, host)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

function portTaken(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotStart(`Port ${port} is in use by another process: stop it, or set PORT to another.`);
  return new CannotStart(`Port ${port} of ${host} can't be opened (${error.code}): set PORT or HOST to another.`);
}

/** Closing waits for the requests that have begun; one whose client keeps it waiting is cut off. */
async function drain(app: App): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), drainTimeoutMs);
  await app.close();
  clearTimeout(timer);
}

async function start(config: Config, onStop: (end: () => Promise<void>) => void): Promise<void> {
  const startedMs = performance.now();
  if (config.role !== 'worker') await assertPortFree(config.port, config.host);
  const readable = config.production ? undefined : readableLog((text) => process.stdout.write(text));
  const logger = createLogger(config.logLevel, readable);
  const clock = () => new Date();
  const newId = createIds();

  const local = config.databaseUrl === undefined ? await startLocalPostgres(config.dataDir) : undefined;
  if (local) onStop(() => local.stop());
  const url = config.databaseUrl ?? local?.url ?? '';
  const migrations = await readMigrations(path.join(root, 'migrations'));
  // Where workers run by themselves, the API process or a step before the roll-out brings the schema up.
  if (config.role === 'worker') await assertMigrated(url, migrations);
  else await migrate(url, migrations);
  const db = openDatabase({ url, name: `agizo ${config.role}`, maxConnections: 10 });
  onStop(() => db.destroy());
  const intakeDb = openDatabase({ url, name: 'agizo intake', maxConnections: 2, settings: intakeSettings });
  onStop(() => intakeDb.destroy());
  const replicaDb = config.databaseReplicaUrl
    ? openDatabase({ url: config.databaseReplicaUrl, name: 'agizo reads', maxConnections: 10, connectTimeoutMs: 1_000 })
    : undefined;
  if (replicaDb) onStop(() => replicaDb.destroy());

  const sandbox = config.production
    ? undefined
    : await createSandbox({
        ...config,
        callbacksUrl: config.publicUrl + callbacksPath(config.sms.callbackToken),
        keyFile: local && path.join(config.dataDir, 'sandbox-keys.json'),
        clock,
        newId,
        logger,
      });
  if (sandbox) {
    onStop(() => sandbox.close());
    await loadDemoCatalog(db, clock, config.currency);
  }
  const smtpUrl = config.mail.smtpUrl ?? sandbox?.smtpUrl;
  if (smtpUrl === undefined) throw new ConfigError(['SMTP_URL must be set']);

  const worker = config.role === 'api' ? undefined : startWorker({ config, db, clock, newId, logger, smtpUrl });
  if (worker) onStop(() => worker.stop());
  if (config.role !== 'worker') {
    const app = await createApp({
      config,
      db,
      replicaDb,
      intakeDb,
      logger,
      clock,
      newId,
      ordersChanged: (count) => worker?.ordersChanged(count),
      sandbox,
    });
    onStop(() => drain(app));
    await app.listen({ port: config.port, host: config.host });
  }
  const readyMs = Math.round(performance.now() - startedMs);
  if (config.production) logger.info({ role: config.role, port: config.port, ready_ms: readyMs }, 'ready');
  else process.stdout.write(greeting(config, { isLocalDatabase: local !== undefined, readyMs }));
}

async function main(): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (exitCode: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    // Whatever hangs must not keep the process: what was promised to anyone is in the database.
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    for (const end of ends.toReversed())
      await end().catch((error: unknown) => process.stderr.write(`${explain(error)}\n`));
    process.exit(exitCode);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    await start(readConfig(process.env), (end) => ends.push(end));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    await stop(1);
  }
}

await main();
