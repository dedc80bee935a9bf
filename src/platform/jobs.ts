// Owns jobs: work that must follow a transaction, written in it and done after it, exactly once.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database, Transaction } from './database.ts';
import { alongIndexes } from './index-walks.ts';
import { cutText } from './text.ts';

declare module './database.ts' {
  interface Database {
    jobs: JobsTable;
  }
}

interface JobsTable {
  id: string;
  kind: string;
  payload: unknown;
  run_at: Date;
  attempts: number;
  last_error: string | null;
  failed_at: Date | null;
  created_at: Date;
}

export interface Job {
  id: string;
  kind: string;
  payload: unknown;
  /** How often it has been tried before. */
  attempts: number;
}

/** Does database work only, in the transaction that deletes the job: what it writes happens once, or not at all. */
export type JobHandler = (trx: Transaction, job: Job) => Promise<void>;

export interface NewJob {
  kind: string;
  payload: unknown;
}

/** The statement that queues work, one job at least, for a transaction's last write to carry along. */
export const jobsInsertStatement = (jobs: readonly NewJob[], now: Date): RawBuilder<unknown> => sql`
  insert into jobs (id, kind, payload, run_at, created_at) values ${sql.join(
    jobs.map(({ kind, payload }) => sql`(${uuidv7()}, ${kind}, ${JSON.stringify(payload)}, ${now}, ${now})`),
  )}`;

/** Queues work in the caller's transaction: it is done if, and only if, that transaction commits. */
export async function enqueueJobs(trx: Transaction, jobs: readonly NewJob[], now: Date): Promise<void> {
  if (jobs.length > 0) await jobsInsertStatement(jobs, now).execute(trx);
}

export interface JobRunnerDeps {
  db: Kysely<Database>;
  handlers: Readonly<Record<string, JobHandler>>;
  clock: () => Date;
  /** 0 to 1, for the jitter of retries. */
  random: () => number;
  /** `isFinal` when that was the last attempt, and the job waits for people. */
  onFault: (error: unknown, job: Job, isFinal: boolean) => void;
}

/** How much is to be done, as far as it is worth counting. */
export interface JobBacklog {
  /** Up to 10,000. */
  due: number;
  /** 0 when nothing is due. */
  oldestDueSeconds: number;
  /** Failed for good. */
  failed: number;
}

const maxAttempts = 12;
const maxBackoffMs = 10 * 60_000;

/** 1 s, 2 s, 4 s ... up to 10 minutes, each between half and all of it, so that failed jobs don't return as a crowd. */
function backoffMs(attempts: number, random: number): number {
  const fullMs = Math.min(1_000 * 2 ** (attempts - 1), maxBackoffMs);
  return Math.round(fullMs * (0.5 + random / 2));
}

/**
 * Runs the job that is due the longest, if there is one. A fault leaves the job with its error and a later time; after
 * the last attempt it stays, marked failed, for people. A process that dies in the middle leaves it as it was.
 * @returns whether there was one
 */
export async function runNextJob(deps: JobRunnerDeps): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const job = await claimJob(trx, deps.clock());
    if (!job) return false;
    await sql`savepoint before_job`.execute(trx);
    try {
      const handler = deps.handlers[job.kind];
      if (!handler) throw new Error(`no handler for jobs of kind ${job.kind}`);
      await handler(trx, job);
      await trx.deleteFrom('jobs').where('id', '=', job.id).execute();
    } catch (error) {
      await sql`rollback to savepoint before_job`.execute(trx);
      await saveFault(trx, job, error, deps);
      deps.onFault(error, job, job.attempts + 1 >= maxAttempts);
    }
    return true;
  });
}

async function claimJob(trx: Transaction, now: Date): Promise<Job | undefined> {
  await sql`select ${alongIndexes}`.execute(trx);
  const { rows } = await sql<Job>`
    select id, kind, payload, attempts from jobs where failed_at is null and run_at <= ${now}
    order by run_at, id limit 1 for update skip locked`.execute(trx);
  return rows[0];
}

async function saveFault(trx: Transaction, job: Job, error: unknown, deps: JobRunnerDeps): Promise<void> {
  const attempts = job.attempts + 1;
  const now = deps.clock();
  await trx
    .updateTable('jobs')
    .set({
      attempts,
      last_error: cutText(String(error instanceof Error ? (error.stack ?? error.message) : error), 2_000),
      run_at: new Date(now.getTime() + backoffMs(attempts, deps.random())),
      failed_at: attempts >= maxAttempts ? now : null,
    })
    .where('id', '=', job.id)
    .execute();
}

/** Forgets why jobs failed where that quotes one of these texts. */
export async function eraseFaults(trx: Transaction, texts: readonly string[]): Promise<void> {
  await sql`
    update jobs set last_error = 'removed: it told of an erased customer' where last_error is not null
      and exists (select from unnest(${texts}::text[]) as text where text <> '' and strpos(lower(last_error), lower(text)) > 0)`.execute(
    trx,
  );
}

/** Walks no further than 10,000 entries of an index; jobs that are done leave no row behind. */
export async function countJobs(db: Kysely<Database>, now: Date): Promise<JobBacklog> {
  const { rows } = await sql<{ due: number; oldest: Date | null; failed: number }>`
    select count(*)::int as due, min(run_at) as oldest,
      (select count(*)::int from jobs where failed_at is not null) as failed
    from (select run_at from jobs where failed_at is null and run_at <= ${now} order by run_at, id limit 10000) as due`.execute(
    db,
  );
  const { due = 0, oldest = null, failed = 0 } = rows[0] ?? {};
  return { due, failed, oldestDueSeconds: oldest ? (now.getTime() - oldest.getTime()) / 1_000 : 0 };
}
