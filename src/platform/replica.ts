// Owns reading from a replica: only where it shows all that was committed before the read was asked for.

import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from './database.ts';
import { Problem } from './problem.ts';
import { createSharedReads } from './shared-reads.ts';

/** Runs a read, on the replica or on the primary. It may be run a second time, so it must do nothing but read. */
export type Read = <T>(run: (db: Kysely<Database>) => Promise<T>) => Promise<T>;

export interface ReadDeps {
  /** The primary. */
  db: Kysely<Database>;
  /** A streaming standby of it, or a pool of several; undefined where there is none. */
  replica: Kysely<Database> | undefined;
  logger: FastifyBaseLogger;
}

/** How long the replica may take to say how far it is, and to catch up, before a read goes to the primary. */
const patienceMs = 200;
const stepMs = 4;
/** After the replica was no use, one read this often finds out when it is again; the others don't wait for it. */
const restMs = 2_000;
const statementTimeout = '57014';

class Behind extends Error {
  override name = 'Behind';
}

/**
 * Whoever reads sees every write that was answered before, their own and others', whichever process took it: the primary
 * is asked how far its log is on disk (one question for all reads that wait), and a replica that has not replayed it is
 * not read from. docs/adr/0004 has why. What goes wrong with the replica is never an error of the read.
 */
export function createRead({ db, replica, logger }: ReadDeps): Read {
  if (!replica) return (run) => run(db);
  const sharePosition = createSharedReads<string>();
  let isWell = true;
  let restUntilMs = 0;

  function mayTry(): boolean {
    const nowMs = performance.now();
    if (nowMs < restUntilMs) return false;
    if (!isWell) restUntilMs = nowMs + restMs;
    return true;
  }

  function note(error?: unknown): void {
    const wasWell = isWell;
    isWell = error === undefined;
    restUntilMs = isWell ? 0 : performance.now() + restMs;
    if (wasWell && !isWell)
      logger.warn({ err: error }, 'the replica is no use at the moment: reading from the primary');
    if (!wasWell && isWell) logger.info('reading from the replica again');
  }

  return async (run) => {
    if (!mayTry()) return run(db);
    const position = await sharePosition('primary', () => findPosition(db)).catch(() => undefined);
    if (position === undefined) return run(db);
    try {
      const result = await readReplayed(replica, position, run);
      note();
      return result;
    } catch (error) {
      // What takes too long here would there too, where it does more harm.
      if (error instanceof Problem || (error as { code?: unknown }).code === statementTimeout) throw error;
      note(error);
      return run(db);
    }
  };
}

/** Up to where the primary's log is on disk: every transaction that was answered ends before it. */
async function findPosition(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ position: string }>`select pg_current_wal_flush_lsn()::text as position`.execute(db);
  return rows[0]?.position as string;
}

/** In one transaction, so that what was asked how far it is and what is read are one server, also behind a pool of them. */
function readReplayed<T>(
  replica: Kysely<Database>,
  position: string,
  run: (db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    replica
      .connection()
      .execute((connection) => {
        // From here on: waiting for a connection has a limit of its own, and says nothing about the replica.
        const deadlineMs = performance.now() + patienceMs;
        timer = setTimeout(() => reject(new Behind('The replica does not answer.')), patienceMs);
        return connection.transaction().execute(async (trx) => {
          await untilReplayed(trx, position, deadlineMs);
          clearTimeout(timer);
          return run(trx);
        });
      })
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

async function untilReplayed(trx: Transaction, position: string, deadlineMs: number): Promise<void> {
  for (; performance.now() < deadlineMs; await delay(stepMs)) {
    const { rows } = await sql<{ replayed: boolean | null }>`
      select pg_is_in_recovery() and pg_last_wal_replay_lsn() >= ${position}::pg_lsn as replayed`.execute(trx);
    if (rows[0]?.replayed) return;
  }
  throw new Behind('The replica is too far behind, or is none.');
}
