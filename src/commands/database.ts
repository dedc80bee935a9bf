// Owns which database a command works on: the configured one, or the PostgreSQL from npm, running already or not.

import path from 'node:path';
import type { Kysely } from 'kysely';
import type { Config } from '../config.ts';
import { findLocalPostgres, startLocalPostgres } from '../local-database/local-postgres.ts';
import { type Database, openDatabase } from '../platform/database.ts';
import { createIds, type NewId } from '../platform/ids.ts';
import { assertMigrated, migrate, readMigrations } from '../schema/migrations.ts';
import type { Host } from './command.ts';

export const migrationsFolder = path.resolve(import.meta.dirname, '../../migrations');

/**
 * The database that is meant. Where a service with the PostgreSQL from npm is running, its database is joined;
 * else that PostgreSQL is started for as long as the command runs.
 */
export async function useDatabase(host: Pick<Host, 'onStop'>, config: Config): Promise<{ url: string }> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl };
  const running = findLocalPostgres(config.dataDir);
  if (running !== undefined) return { url: running };
  const local = await startLocalPostgres(config.dataDir);
  host.onStop(() => local.stop());
  return { url: local.url };
}

/**
 * The shop to work on: its database, connected and at this release's schema, with a clock and new ids.
 * @throws SchemaMismatch when a configured database is not; the PostgreSQL from npm is brought there first
 */
export async function openShop(
  host: Pick<Host, 'onStop'>,
  config: Config,
): Promise<{ db: Kysely<Database>; clock: () => Date; newId: NewId }> {
  const { url } = await useDatabase(host, config);
  const migrations = await readMigrations(migrationsFolder);
  if (config.databaseUrl === undefined) await migrate(url, migrations);
  else await assertMigrated(url, migrations);
  const db = openDatabase({ url, name: 'agizo command', maxConnections: 2 });
  host.onStop(() => db.destroy());
  return { db, clock: () => new Date(), newId: createIds() };
}
