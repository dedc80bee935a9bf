// Owns the SQL of `product_imports`.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import type { ProductImport, Tally } from './import.ts';

declare module '../platform/database.ts' {
  interface Database {
    product_imports: {
      id: string;
      status: ProductImport['status'];
      file: Buffer | null;
      encoding: string | null;
      row_count: number;
      preview: unknown;
      result: unknown;
      done: number;
      leased_until: Date | null;
      tries: number;
      created_by: string;
      created_at: Date;
      updated_at: Date;
    };
  }
}

const columns = sql`id, status, row_count as "rowCount", preview, result, done, created_at as "createdAt", updated_at as "updatedAt"`;

export interface NewImport {
  import: ProductImport;
  file: Buffer;
  encoding: string | undefined;
  createdBy: string;
}

export async function insertImport(
  trx: Transaction,
  { import: { id, status, rowCount, preview, result, createdAt }, file, encoding, createdBy }: NewImport,
): Promise<void> {
  await sql`insert into product_imports (id, status, file, encoding, row_count, preview, result, created_by, created_at, updated_at)
    values (${id}, ${status}, ${file}, ${encoding ?? null}, ${rowCount}, ${JSON.stringify(preview)}::jsonb,
      ${JSON.stringify(result)}::jsonb, ${createdBy}, ${createdAt}, ${createdAt})`.execute(trx);
}

export async function findImport(db: Kysely<Database>, id: string): Promise<ProductImport | undefined> {
  const { rows } = await sql<ProductImport>`select ${columns} from product_imports where id = ${id}`.execute(db);
  return rows[0];
}

/** Reads an import and keeps others from changing it until the transaction ends. */
export async function lockImport(trx: Transaction, id: string): Promise<ProductImport | undefined> {
  const { rows } = await sql<ProductImport>`
    select ${columns} from product_imports where id = ${id} for update`.execute(trx);
  return rows[0];
}

export async function saveApplying(trx: Transaction, id: string, now: Date): Promise<void> {
  await sql`update product_imports set status = 'applying', updated_at = ${now} where id = ${id}`.execute(trx);
}

/** What a worker has in hand. */
export interface ClaimedImport extends ProductImport {
  file: Buffer;
  encoding: string | null;
  tries: number;
}

/** Takes the oldest that nobody is at, until `until`. */
export async function claimImport(db: Kysely<Database>, now: Date, until: Date): Promise<ClaimedImport | undefined> {
  const { rows } = await sql<ClaimedImport>`
    update product_imports set leased_until = ${until}, tries = tries + 1
    where id = (select id from product_imports where status = 'applying' and (leased_until is null or leased_until < ${now})
      order by id limit 1 for update skip locked)
    returning ${columns}, file, encoding, tries`.execute(db);
  return rows[0];
}

/** Writes how far it is, for as long as nobody else has taken over. False when somebody has. */
export async function saveProgress(
  db: Kysely<Database>,
  { id, tries }: Pick<ClaimedImport, 'id' | 'tries'>,
  progress: { done: number; result: Tally; now: Date; until: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update product_imports set done = ${progress.done}, result = ${JSON.stringify(progress.result)}::jsonb,
      leased_until = ${progress.until}, updated_at = ${progress.now}
    where id = ${id} and tries = ${tries} and status = 'applying'`.execute(db);
  return numAffectedRows === 1n;
}

/** The end of it: the file is not needed any more. */
export async function saveEnd(
  db: Kysely<Database>,
  { id, tries }: Pick<ClaimedImport, 'id' | 'tries'>,
  status: 'done' | 'failed',
  now: Date,
): Promise<void> {
  await sql`update product_imports set status = ${status}, file = null, leased_until = null, updated_at = ${now}
    where id = ${id} and tries = ${tries} and status = 'applying'`.execute(db);
}

/** Forgets what is long over, and what was looked at and never applied, but for the newest of those. */
export async function deleteOldImports(trx: Transaction, before: Date, keptChecked: number): Promise<void> {
  await sql`delete from product_imports where status <> 'applying' and updated_at < ${before}`.execute(trx);
  await sql`delete from product_imports where id in (
    select id from product_imports where status = 'checked' order by id desc offset ${keptChecked})`.execute(trx);
}
