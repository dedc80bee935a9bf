// Owns the database's schema over time: forward-only SQL files, each applied once, in order, in a transaction.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

export interface Migration {
  version: number;
  name: string;
  sql: string;
  /** SHA-256 of the file, so that an edit of a migration that has run is noticed. */
  checksum: string;
}

/** The database and the code don't fit each other; the message is for the operator, one sentence. */
export class SchemaMismatch extends Error {
  override name = 'SchemaMismatch';
}

// Any number will do as long as every process of the product uses the same one.
const advisoryLock = 7_201_613_001;
const oldestMajor = 15;

/** Reads `NNNN_what.sql` files in order. @throws when numbers are missing or repeated. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).toSorted();
  return Promise.all(
    files.map(async (file, index) => {
      const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
      if (!match || Number(match[1]) !== index + 1) throw new Error(`migration ${file} is out of sequence`);
      const sql = await readFile(path.join(directory, file), 'utf8');
      return { version: index + 1, name: file, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

function pendingAfter(applied: Applied[], migrations: Migration[]): Migration[] {
  for (const row of applied) {
    const migration = migrations[row.version - 1];
    if (!migration) {
      throw new SchemaMismatch(
        `The database is at schema ${row.version} (${row.name}), newer than this code, which knows ${migrations.length}: start the newer release.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new SchemaMismatch(
        `Migration ${migration.name} was edited after it ran on this database: restore the file and add a new migration.`,
      );
    }
  }
  return migrations.slice(applied.length);
}

async function appliedMigrations(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('schema_migrations') is not null as found`,
  );
  if (!rows[0]?.found) return [];
  return (await client.query<Applied>('select version, name, checksum from schema_migrations order by version')).rows;
}

/** Applies the next pending migration, if there is one, in a transaction that no other process can overlap. */
async function applyNext(client: pg.Client, migrations: Migration[]): Promise<Migration | undefined> {
  // A migration takes as long as it takes, whatever the role's time-outs are.
  await client.query('begin; set local statement_timeout = 0; set local lock_timeout = 0');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    const [next] = pendingAfter(await appliedMigrations(client), migrations);
    if (next) await apply(client, next);
    await client.query('commit');
    return next;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query(migration.sql);
  } catch (error) {
    throw new Error(`migration ${migration.name} failed: ${(error as Error).message}`, { cause: error });
  }
  const { version, name, checksum } = migration;
  await client.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
    version,
    name,
    checksum,
  ]);
}

async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'agizo migrate',
  });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/**
 * Brings the schema up to the code's, and says which migrations ran. Several processes may call it at once: the lock is
 * held for one migration at a time and by its transaction alone, so it also works through PgBouncer.
 * @throws SchemaMismatch when the database is newer than the code or an old migration was edited.
 */
export function migrate(url: string, migrations: Migration[]): Promise<string[]> {
  return withClient(url, async (client) => {
    await assertSupported(client);
    const ran: string[] = [];
    for (let next = await applyNext(client, migrations); next; next = await applyNext(client, migrations)) {
      ran.push(next.name);
    }
    return ran;
  });
}

async function assertSupported(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const version = rows[0]?.server_version ?? '';
  if (Number.parseInt(version, 10) >= oldestMajor) return;
  throw new SchemaMismatch(`The database is PostgreSQL ${version}: this needs ${oldestMajor} or newer.`);
}

/** For processes that must not migrate. @throws SchemaMismatch when the schema is older or newer than the code's. */
export function assertMigrated(url: string, migrations: Migration[]): Promise<void> {
  return withClient(url, async (client) => {
    const pending = pendingAfter(await appliedMigrations(client), migrations);
    if (pending.length > 0) {
      throw new SchemaMismatch(
        `The database is at schema ${migrations.length - pending.length}, older than this code's ${migrations.length}: run the migrations first.`,
      );
    }
  });
}
