// Owns the database's schema over time: forward-only SQL files, each applied once, in order, in a transaction or in many.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

/** What one transaction did. */
interface Step {
  migration: Migration;
  /** False between the batches of one. */
  isApplied: boolean;
}

/**
 * Applies the next pending migration, or a batch of it, in a transaction that no other process can overlap. What needs a
 * table for itself waits two seconds for it and then lets go: orders that arrive meanwhile queue behind whoever waits.
 * @returns undefined when nothing is pending
 */
async function takeStep(client: pg.Client, migrations: Migration[]): Promise<Step | undefined> {
  // A migration takes as long as it takes, whatever the role's time-outs are.
  await client.query('begin; set local statement_timeout = 0; set local lock_timeout = 0');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    await client.query(`set local lock_timeout = '2s'`);
    const [migration] = pendingAfter(await appliedMigrations(client), migrations);
    const step = migration && { migration, isApplied: await apply(client, migration) };
    await client.query('commit');
    return step;
  } catch (error) {
    // What is lost with its connection is undone already.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** @returns false when there is more to do */
async function apply(client: pg.Client, migration: Migration): Promise<boolean> {
  try {
    if (!isInBatches(migration)) await client.query(migration.sql);
    else if (!(await applyBatch(client, migration))) return false;
  } catch (error) {
    throw new Error(`migration ${migration.name} failed: ${(error as Error).message}`, { cause: error });
  }
  const { version, name, checksum } = migration;
  await client.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
    version,
    name,
    checksum,
  ]);
  return true;
}

/**
 * A file whose name ends like this is one statement, repeated in transactions of its own: `$1` is what it answered last as
 * `reached`, null at first, and it answers with no row when nothing is left. It goes on where it was when it is interrupted.
 */
const isInBatches = ({ name }: Migration): boolean => name.endsWith('_in_batches.sql');

/** @returns whether it was the last */
async function applyBatch(client: pg.Client, { sql }: Migration): Promise<boolean> {
  // All that a batch touches is on an index, also where nothing was analysed yet.
  await client.query('set local enable_seqscan = off; set local jit = off');
  await client.query('create table if not exists migration_progress (reached text not null)');
  const { rows } = await client.query<{ reached: string }>('select reached from migration_progress');
  const [next] = (await client.query<{ reached: string }>(sql, [rows[0]?.reached ?? null])).rows;
  await client.query(next ? 'delete from migration_progress' : 'drop table migration_progress');
  if (next) await client.query('insert into migration_progress (reached) values ($1)', [next.reached]);
  return next === undefined;
}

async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'agizo migrate',
  });
  // A connection that breaks fails the query it is in, or the next: an error that nobody listens to would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

const pauseMs = 1_000;
// Somebody holds what it needs, or each held what the other needed.
const lockStates = new Set(['55P03', '40P01']);

const isLockedOut = (error: unknown): boolean =>
  error instanceof Error && lockStates.has(((error.cause ?? error) as { code?: string }).code ?? '');

/**
 * Brings the schema up to the code's, and says which migrations ran. Several processes may call it at once: the lock is
 * held for one migration or batch at a time and by its transaction alone, so it also works through PgBouncer. After each
 * batch it rests for as long, and what can't have its table tries again until it can: the shop is open meanwhile.
 * @throws SchemaMismatch when the database is newer than the code or an old migration was edited.
 */
export function migrate(url: string, migrations: Migration[]): Promise<string[]> {
  return withClient(url, async (client) => {
    await assertSupported(client);
    const ran: string[] = [];
    for (;;) {
      const startedMs = performance.now();
      try {
        const step = await takeStep(client, migrations);
        if (!step) return ran;
        if (step.isApplied) ran.push(step.migration.name);
        else await delay(performance.now() - startedMs);
      } catch (error) {
        if (!isLockedOut(error)) throw error;
        await delay(pauseMs);
      }
    }
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
