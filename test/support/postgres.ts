// Owns the PostgreSQL of a test run: one for all, with a migrated template that each test file clones.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser; tests make databases of their own beside it. */
    postgresUrl: string;
  }
}

export const templateDatabase = 'agizo_template';

/** TEST_DATABASE_URL names another PostgreSQL (15 to 18), as a superuser, to run the tests against. */
// oxlint-disable-next-line import/no-default-export -- how vitest finds a global set-up
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = project.vitest.config.env?.['TEST_DATABASE_URL'] ?? process.env['TEST_DATABASE_URL'];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-test-'));
  // A test database may forget everything in a crash; the service's own may not.
  const local = given ? undefined : await startLocalPostgres(folder, { fsync: 'off', max_connections: '300' });
  const url = given ?? local?.url ?? '';

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop database if exists ${templateDatabase} with (force)`);
  await client.query(`create database ${templateDatabase}`);
  await client.end();
  await migrate(databaseUrl(url, templateDatabase), await readMigrations('migrations'));

  project.provide('postgresUrl', url);
  return async () => {
    await local?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
