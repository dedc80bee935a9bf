// Owns the connection to PostgreSQL: the pool, its limits and how column types become TypeScript values.

import { Kysely, type Transaction as KyselyTransaction, PostgresDialect } from 'kysely';
import pg from 'pg';

/** Every table, by name. Each slice's store adds its own tables with `declare module`, so that this file knows none. */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface Database {}

/** A function that takes this can only run inside a transaction. */
export type Transaction = KyselyTransaction<Database>;

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  maxConnections: number;
  /** Settings of each session, beside the time-outs that all have. */
  settings?: Record<string, string>;
}

const int8Oid = 20;

/** Amounts and counts fit a double exactly up to 2^53; anything larger is a fault, not a rounding. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint out of range: ${text}`);
  return value;
}

const typeParsers = new pg.TypeOverrides();
typeParsers.setTypeParser(int8Oid, parseInt8);

/** A pool with time-outs on everything: connecting, a statement, waiting for a lock, idling inside a transaction. */
export function openDatabase(options: DatabaseOptions): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    options: Object.entries({ lock_timeout: '5s', ...options.settings })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: typeParsers,
  });
  // A connection that breaks fails the query it is in and is replaced by the pool. Between two queries nobody listens,
  // and an error that nobody listens to would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** The name of the constraint that a statement broke (SQLSTATE class 23), by which stores tell refusals from faults. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') ? error.constraint : undefined;
}

// SQLSTATE classes and codes that mean "not now": connection trouble, shutting down, too many clients, time-outs.
const unavailableStates = /^(08...|57P0.|53300|55P03|57014|25P03)$/;
const unavailableErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** True for an error that says the database can't be reached or didn't answer in time, rather than that a query is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    unavailableStates.test(code) ||
    unavailableErrors.has(code) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  );
}

/**
 * A PostgreSQL array of plain values: UUIDs, numbers, booleans, E.164 phone numbers and the like, which need no quoting.
 * Several times cheaper for a group of orders than the driver's own conversion, which escapes each element.
 */
export function arrayOf(values: readonly (string | number | boolean | null)[]): string {
  const text = `{${values.join(',')}}`;
  if (/^[\w{},.+:-]*$/.test(text)) return values.includes(null) ? `{${values.map(String).join(',')}}` : text;
  throw new Error('a value needs quoting: pass an array to the driver instead');
}
