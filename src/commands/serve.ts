// Owns `agizo serve` and `agizo worker`: configuration, database, application and worker, in this order.

import { createServer } from 'node:net';
import path from 'node:path';
import type { Kysely } from 'kysely';
import { loadDemoCatalog } from '../catalog/demo.ts';
import { type Config, type Role, readConfig } from '../config.ts';
import { greeting } from '../greeting.ts';
import { keepRunning } from '../local-database/keep-running.ts';
import { startLocalPostgres } from '../local-database/local-postgres.ts';
import { listBacklog } from '../messages/backlog-store.ts';
import { type Backlog, createMetrics, type Metrics } from '../metrics.ts';
import type { Database } from '../platform/database.ts';
import { createIds } from '../platform/ids.ts';
import { countJobs } from '../platform/jobs.ts';
import { createLogger, type Logger, readableLog } from '../platform/log.ts';
import type { Tracing } from '../platform/tracing.ts';
import { assertMigrated, migrate, readMigrations } from '../schema/migrations.ts';
import { listChannels } from '../sending/channel-store.ts';
import { openPools, startService, stopService } from '../service.ts';
import { CannotStart, type ExitCode, type Host } from './command.ts';
import { buildConsole } from './console-build.ts';
import { settleCurrency } from './currency.ts';
import { migrationsFolder } from './database.ts';
import { followDatabaseClock } from './database-clock.ts';
import { drain } from './drain.ts';
import { serveText } from './text-server.ts';

/** Asked before anything slow is begun. */
function assertPortFree(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portTaken('PORT', error, port, host)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

function portTaken(setting: string, error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotStart(`Port ${port} is in use by another process: stop it, or set ${setting} to another.`);
  return new CannotStart(`Port ${port} of ${host} can't be opened (${error.code}): set ${setting} or HOST to another.`);
}

async function serveMetrics(host: Host, config: Config, metrics: Metrics, logger: Logger): Promise<void> {
  const { metricsPort: port = 0, host: address } = config;
  const server = await serveText({
    port,
    host: address,
    path: '/metrics',
    render: metrics.render,
    onFault: (error) => logger.error({ err: error }, 'the metrics could not be told'),
  }).catch((error: NodeJS.ErrnoException) => {
    throw portTaken('METRICS_PORT', error, port, address);
  });
  host.onStop(() => server.close());
}

async function readBacklog(db: Kysely<Database>, now: Date): Promise<Backlog> {
  const [jobs, messages, channels] = await Promise.all([countJobs(db, now), listBacklog(db), listChannels(db)]);
  return { jobs, messages, channels };
}

async function startTracing(host: Host, config: Config, logger: Logger): Promise<Tracing | undefined> {
  if (!config.hasTracing) return undefined;
  const { createOpenTelemetry } = await import('../platform/open-telemetry.ts');
  const tracing = createOpenTelemetry({ role: config.role, logger });
  host.onStop(() => tracing.close());
  return tracing;
}

/** The database that the settings name, or the one from npm, with the schema that this code needs. */
async function prepareDatabase(host: Host, config: Config, logger: Logger): Promise<string> {
  const local = config.databaseUrl === undefined ? await startLocalPostgres(config.dataDir) : undefined;
  if (local) {
    const kept = keepRunning(local, {
      onEnd: () => logger.error('PostgreSQL ended: it is started again'),
      onFailure: (error) => logger.error({ err: error }, 'PostgreSQL could not be started again'),
      onBack: () => logger.info('PostgreSQL is back'),
    });
    host.onStop(() => kept.stop());
  }
  const url = config.databaseUrl ?? local?.url ?? '';
  const migrations = await readMigrations(migrationsFolder);
  // Where workers run by themselves, the API process or a step before the roll-out brings the schema up.
  if (config.role === 'worker') await assertMigrated(url, migrations);
  else for (const name of await migrate(url, migrations)) logger.info({ migration: name }, 'migration applied');
  return url;
}

/** Starts the service and leaves it running. @param role in place of ROLE */
export async function serve(host: Host, role?: Role): Promise<ExitCode> {
  const startedMs = performance.now();
  const config = readConfig(host.environment, role);
  if (config.role !== 'worker') await assertPortFree(config.port, config.host);
  const readable = config.production ? undefined : readableLog((text) => host.print(text));
  const logger = createLogger(config.logLevel, readable);
  const newId = createIds();

  const url = await prepareDatabase(host, config, logger);
  const tracing = await startTracing(host, config, logger);
  const sandboxKeys = config.databaseUrl === undefined ? path.join(config.dataDir, 'sandbox-keys.json') : undefined;
  const pools = openPools({ config, databaseUrl: url, tracing });
  host.onStop(() => pools.close());
  const { db, states } = pools;
  const time = await followDatabaseClock(db);
  host.onStop(() => time.stop());
  const { clock } = time;
  const metrics = config.metricsPort === undefined ? undefined : createMetrics(clock);
  const nowMs = () => performance.now();
  const parts = { config, databaseUrl: url, clock, nowMs, newId, logger, stopping: host.stopping, sandboxKeys };
  await settleCurrency(db, config.currency);
  metrics?.watch({ pools: states, readBacklog: () => readBacklog(db, clock()) });
  if (metrics) await serveMetrics(host, config, metrics, logger);
  const real = config.realOutsideProduction.join(', ');
  if (real !== '') logger.warn(`NODE_ENV is not production, though ${real} lead to real ones: the sandbox is off`);
  else if (!config.production && config.role !== 'worker') await loadDemoCatalog(db, clock, config.currency);
  const service = await startService({ ...parts, metrics, tracing }, pools);
  host.onStop(() => stopService(service, drain));
  if (!config.production && service.app) host.onStop(buildConsole(host.execPath, logger));
  await service.app?.listen({ port: config.port, host: config.host });
  const readyMs = Math.round(performance.now() - startedMs);
  if (config.production) logger.info({ role: config.role, port: config.port, ready_ms: readyMs }, 'ready');
  else host.print(greeting(config, { isLocalDatabase: config.databaseUrl === undefined, readyMs }));
  // Starting leaves 20 MB of garbage, which V8 would keep until memory is short.
  void globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' });
  return undefined;
}
