// Owns the connection to PostgreSQL: the pool, its limits and how column types become TypeScript values.

import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type Transaction as KyselyTransaction,
  PostgresDialect,
} from 'kysely';
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
  /** How long to wait for a connection; 5,000 unless told otherwise. */
  connectTimeoutMs?: number;
  /** How long the server may say nothing before it is taken to be gone; 15,000 unless told otherwise. */
  silenceMs?: number;
  /** Beside the time-outs that all have. Values need no quoting. */
  settings?: Record<string, string>;
  /** For a fixed set of statements: each is parsed and planned once a connection instead of every time. The first to be sent again behind PgBouncer may fail. */
  prepares?: boolean;
  /** Sends a statement without waiting for the answer to the one before: `begin` goes along with the first, and `together` becomes one round trip. */
  pipelines?: boolean;
  /** Given a way to ask how the pool is. */
  watchPool?: (state: () => PoolState) => void;
  /** Told of each statement as it ends, without its values. */
  onStatement?: ((statement: string, tookMs: number, failure?: unknown) => void) | undefined;
}

/** Connections of one pool. */
export interface PoolState {
  total: number;
  idle: number;
  /** Queries that wait for one. */
  waiting: number;
}

const int8Oid = 20;
const timestamptzOid = pg.types.builtins.TIMESTAMPTZ;

/** Amounts and counts fit a double exactly up to 2^53; anything larger is a fault, not a rounding. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint out of range: ${text}`);
  return value;
}

const parsePgTime: (text: string) => unknown = pg.types.getTypeParser(timestamptzOid);

/** The usual form, in the session's UTC, goes through the language's own parser: twice as fast as the driver's. */
function parseTime(text: string): unknown {
  const time = new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
  return text.endsWith('+00') && !Number.isNaN(time.getTime()) ? time : parsePgTime(text);
}

const typeParsers = new pg.TypeOverrides();
typeParsers.setTypeParser(int8Oid, parseInt8);
typeParsers.setTypeParser(timestamptzOid, parseTime);

/** A statement has ten seconds, a lock five, an idle moment inside a transaction ten. */
const timeouts = { statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '10s' };

/**
 * A pool with time-outs on everything: connecting, a statement, waiting for a lock, idling inside a transaction, and a
 * server that has gone without a word. The settings go to the session when it starts, which covers single statements,
 * and again with each `begin`: behind PgBouncer a session is everybody's and starts with nobody's settings.
 */
export function openDatabase(options: DatabaseOptions): Kysely<Database> {
  const settings = Object.entries({ ...timeouts, ...options.settings });
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 10_000,
    options: [['TimeZone', 'UTC'], ...settings].map(([name, value]) => `-c ${name}=${value}`).join(' '),
    types: typeParsers,
    pipeline: options.pipelines ?? false,
  });
  // A connection that breaks fails the query it is in and is replaced by the pool. Between two queries nobody listens,
  // and an error that nobody listens to would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  // Longer than any statement may take, so a server that is silent so long is gone, or waits for a standby that is.
  const silenceMs = options.silenceMs ?? 15_000;
  pool.on('connect', (client) => endWhenUseless(client, silenceMs));
  options.watchPool?.(() => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }));

  if (options.prepares) pool.on('connect', prepareStatements());

  const dialect = new PostgresDialect({ pool });
  const begin = ['begin', ...settings.map(([name, value]) => `set local ${name} = '${value}'`)].join('; ');
  const { onStatement } = options;
  return new Kysely<Database>({
    ...(onStatement && {
      log: (event) =>
        onStatement(event.query.sql, event.queryDurationMillis, event.level === 'error' ? event.error : undefined),
    }),
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => withTransactions(dialect.createDriver(), begin, options.pipelines ?? false),
    },
  });
}

/**
 * Runs statements of a transaction in this order, and answers with the rows of each. Where the connection pipelines,
 * it is one round trip: in a busy process each costs a turn of the event loop, with the database idle meanwhile.
 */
export function together<Rows extends unknown[]>(
  trx: Transaction,
  statements: { [Index in keyof Rows]: CompiledQuery<Rows[Index]> },
): Promise<{ [Index in keyof Rows]: Rows[Index][] }> {
  return trx.getExecutor().provideConnection(async (connection) => {
    const results = await Promise.all(statements.map((each) => connection.executeQuery(each)));
    return results.map(({ rows }) => rows) as { [Index in keyof Rows]: Rows[Index][] };
  });
}

/**
 * Sends the last statement of a transaction without waiting for its answer, so that the commit goes right behind it.
 * When the statement fails the commit undoes everything, and only the answer tells: it is awaited after the transaction.
 */
export function sendLast<Row>(trx: Transaction, statement: CompiledQuery<Row>): Promise<{ answer: Promise<Row[]> }> {
  return trx.getExecutor().provideConnection((connection) => {
    const answer = connection.executeQuery<Row>(statement).then(({ rows }) => rows);
    // Where the commit fails too, that is what the caller hears of.
    answer.catch(() => undefined);
    return Promise.resolve({ answer });
  });
}

/** Ends a connection whose server is silent, and one that leads to a standby, as it may for a while after a fail-over. */
function endWhenUseless(client: pg.PoolClient, silenceMs: number): void {
  const stream = client.connection.stream as Socket;
  stream.setTimeout(silenceMs, () => stream.destroy(new Error('Connection terminated: the server is silent')));
  client.connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === readOnlyState) stream.destroy();
  });
}

const hasEnded = Symbol('the end of the transaction was sent');

/**
 * Kysely's driver, with our own `begin`, and a failed rollback never hiding why it was tried: the connection is gone then.
 * Outside of a transaction the server does each statement by itself. So nothing more is sent behind a commit or a rollback that
 * has no answer yet, nor once a `begin` turns out to have failed.
 */
function withTransactions(driver: Driver, begin: string, pipelines: boolean): Driver {
  const acquire = driver.acquireConnection.bind(driver);
  const commit = driver.commitTransaction.bind(driver);
  const rollback = driver.rollbackTransaction.bind(driver);
  const guarded = new WeakSet<DatabaseConnection>();
  /** Connections that take no statement at the moment, and why. */
  const shut = new WeakMap<DatabaseConnection, unknown>();
  const sendEnd = (connection: DatabaseConnection, end: typeof commit): Promise<void> => {
    shut.delete(connection);
    const answer = end(connection);
    shut.set(connection, hasEnded);
    return answer;
  };
  return Object.assign(driver, {
    async acquireConnection(...options: Parameters<typeof acquire>) {
      const connection = await acquire(...options);
      shut.delete(connection);
      if (!guarded.has(connection)) refuseWhileShut(connection, shut);
      guarded.add(connection);
      return connection;
    },
    // Without parameters it is one message, and one round trip.
    async beginTransaction(connection: DatabaseConnection) {
      shut.delete(connection);
      const begun = connection.executeQuery(CompiledQuery.raw(begin));
      if (pipelines) begun.catch((error: unknown) => shut.set(connection, error));
      else await begun;
    },
    async commitTransaction(connection: DatabaseConnection) {
      if (shut.has(connection)) throw shut.get(connection);
      await sendEnd(connection, commit);
    },
    rollbackTransaction: (connection: DatabaseConnection) => sendEnd(connection, rollback).catch(() => undefined),
  });
}

function refuseWhileShut(connection: DatabaseConnection, shut: WeakMap<DatabaseConnection, unknown>): void {
  const execute: DatabaseConnection['executeQuery'] = connection.executeQuery.bind(connection);
  const reasonFor = (statement: string): unknown =>
    shut.get(connection) === hasEnded
      ? new Error(`This statement came on a transaction that has ended: ${statement}`)
      : shut.get(connection);
  connection.executeQuery = (query, options) =>
    shut.has(connection) ? Promise.reject(reasonFor(query.sql)) : execute(query, options);
}

// No such statement, or one of that name already: the server's session is not ours alone.
const sharedSessionStates = new Set(['26000', '42P05']);

/**
 * Gives each statement with values a name, by which the driver and PostgreSQL know it when it comes again. Behind a
 * PgBouncer that doesn't follow names, the first that is unknown there fails, and none is given any more. Names are
 * made from the text, so that one can't stand for the statement of another process meanwhile.
 */
function prepareStatements(): (client: pg.PoolClient) => void {
  const names = new Map<string, string>();
  let prepares = true;
  return (client) => {
    const query = client.query.bind(client) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
    const named = (text: string, values: unknown[] = []) => {
      if (!prepares || values.length === 0) return query({ text, values });
      const name = names.get(text) ?? hash('sha256', text, 'base64url');
      names.set(text, name);
      return query({ name, text, values }).catch((error: unknown) => {
        if (error instanceof pg.DatabaseError && sharedSessionStates.has(error.code ?? '')) prepares = false;
        throw error;
      });
    };
    client.query = named as typeof client.query;
  };
}

/** The name of the constraint that a statement broke (SQLSTATE class 23), by which stores tell refusals from faults. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') ? error.constraint : undefined;
}

/** Runs a statement, and throws in place of a broken constraint what its name stands for. */
export async function refusedBy<T>(refusals: Readonly<Record<string, () => Error>>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw refusals[violatedConstraint(error) ?? '']?.() ?? error;
  }
}

// A standby was asked to write: what was the primary no longer is, or the one to come isn't yet.
const readOnlyState = '25006';
// SQLSTATE classes and codes that mean "not now": connection trouble, shutting down, no room on the disk, in memory or for
// another client, time-outs, and a statement that was prepared in a session which turned out to be shared.
const unavailableStates = /^(08...|53...|57P0.|55P03|57014|25P03|25006|26000|42P05)$/;
const unavailableErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** True for an error that passes only when somebody makes room on its disk. */
export const isDatabaseFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '53100';

/** True for an error that says the database can't be reached or didn't answer in time, rather than that a query is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    unavailableStates.test(code) ||
    unavailableErrors.has(code) ||
    /Connection terminated|not queryable|timeout exceeded when trying to connect/.test(error.message)
  );
}
