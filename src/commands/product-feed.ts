// Owns feeding rows of products into the catalogue in batches, with a count of what came of them and an end on Ctrl-C.

import {
  type BatchResult,
  type ImportProductsDeps,
  importProducts,
  type KnownCategories,
} from '../imports/import-products.ts';
import type { FileRow } from '../imports/product-file.ts';
import type { Reason } from '../imports/product-row.ts';
import type { Host } from './command.ts';

export interface FeedResult {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
}

const batchSize = 500;

/**
 * Takes rows until there are no more or the process is told to stop; what is written then stays, and the batch that has
 * begun is ended first.
 * @param report called for each row that is refused, in the order of lines within a batch
 * @param moved called after each batch
 */
export async function feedProducts(
  host: Host,
  deps: ImportProductsDeps,
  rows: AsyncIterable<FileRow> | Iterable<FileRow>,
  report: (line: number, reasons: Reason[]) => void,
  moved: (result: FeedResult) => void,
): Promise<FeedResult> {
  const result: FeedResult = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
  const known: KnownCategories = new Map();
  let batch: FileRow[] = [];
  let writing: Promise<BatchResult> | undefined;
  let isDone = false;
  host.onStop(async () => {
    await writing?.catch(() => undefined);
    if (!isDone) host.tell(`Stopped after ${result.rows} rows: what they said is in the catalogue.\n`);
  });

  async function write(): Promise<void> {
    const good = batch.filter((each) => 'row' in each);
    const bad = batch.filter((each) => 'reasons' in each);
    writing = importProducts(deps, good, known);
    const { created, updated, unchanged, refused } = await writing;
    const all = [...bad, ...refused].toSorted((a, b) => a.line - b.line);
    for (const { line, reasons } of all) report(line, reasons);
    result.rows += batch.length;
    result.created += created;
    result.updated += updated;
    result.unchanged += unchanged;
    result.refused += all.length;
    batch = [];
    moved(result);
  }

  for await (const each of rows) {
    if (host.stopping.aborted) return result;
    batch.push(each);
    if (batch.length === batchSize) await write();
  }
  if (batch.length > 0) await write();
  isDone = true;
  return result;
}
