// Owns which database a command works on: the configured one, or the PostgreSQL from npm, running already or not.

import path from 'node:path';
import type { Config } from '../config.ts';
import { findLocalPostgres, startLocalPostgres } from '../platform/local-postgres.ts';
import type { Host } from './command.ts';

export const migrationsFolder = path.resolve(import.meta.dirname, '../../migrations');

/**
 * The database that is meant. Where a service with the PostgreSQL from npm is running, its database is joined;
 * else that PostgreSQL is started for as long as the command runs.
 */
export async function useDatabase(
  host: Pick<Host, 'onStop'>,
  config: Config,
): Promise<{ url: string; isJoined: boolean }> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, isJoined: true };
  const running = findLocalPostgres(config.dataDir);
  if (running !== undefined) return { url: running, isJoined: true };
  const local = await startLocalPostgres(config.dataDir);
  host.onStop(() => local.stop());
  return { url: local.url, isJoined: false };
}
