// Owns looking at a file of products before anything is written: what it would do, row by row.

import type { Kysely } from 'kysely';
import { CsvError } from '../files/csv.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import { addBatch, maxRows, noTally, type ProductImport, partRows, unreadableFile } from './import.ts';
import { importProducts, type KnownCategories } from './import-products.ts';
import { deleteOldImports, insertImport } from './import-store.ts';
import { type FileRow, readProductFile } from './product-file.ts';

export interface CheckFileDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  currency: string;
}

export interface SentFile {
  bytes: Buffer;
  encoding: string | undefined;
}

export const batchSize = 500;
const pieceBytes = 64 * 1024;
const keptDays = 7;
/** Twenty files of the largest size are 400 MB. */
const keptChecked = 20;
const dayMs = 86_400_000;

/** In pieces, so that others are served between them. */
export async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function* batchesOf(file: SentFile, currency: string): AsyncGenerator<FileRow[]> {
  let batch: FileRow[] = [];
  for await (const row of readProductFile({ bytes: piecesOf(file.bytes), encoding: file.encoding }, currency)) {
    batch.push(row);
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** What the file would do. @throws Problem unreadable-file */
export async function previewFile(
  deps: CheckFileDeps,
  file: SentFile,
): Promise<Pick<ProductImport, 'rowCount' | 'preview'>> {
  const known: KnownCategories = new Map();
  let preview = noTally();
  let rowCount = 0;
  try {
    for await (const batch of batchesOf(file, deps.currency)) {
      rowCount += batch.length;
      if (rowCount > maxRows) throw new Problem(unreadableFile, `The file has more than ${maxRows} rows.`);
      const { good, bad } = partRows(batch);
      const found = await importProducts({ ...deps, isDryRun: true }, good, known);
      const refused = [...bad, ...found.refused].toSorted((one, other) => one.line - other.line);
      preview = addBatch(preview, { ...found, refused });
    }
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error) : error;
  }
  return { rowCount, preview };
}

const unreadable = ({ line, message, suggestedEncoding }: CsvError): Problem =>
  new Problem(unreadableFile, `Line ${line} ${message}.`, {
    members: { line, ...(suggestedEncoding !== undefined && { suggested_encoding: suggestedEncoding }) },
  });

/** Keeps the file with what was found, for whoever applies it, and forgets older ones. */
export async function keepFile(
  deps: CheckFileDeps,
  trx: Transaction,
  file: SentFile,
  found: Pick<ProductImport, 'rowCount' | 'preview'>,
  createdBy: string,
): Promise<ProductImport> {
  const now = deps.clock();
  const kept: ProductImport = {
    id: deps.newId(now),
    status: 'checked',
    ...found,
    result: noTally(),
    done: 0,
    createdAt: now,
    updatedAt: now,
  };
  await deleteOldImports(trx, new Date(now.getTime() - keptDays * dayMs), keptChecked - 1);
  await insertImport(trx, { import: kept, file: file.bytes, encoding: file.encoding, createdBy });
  return kept;
}
