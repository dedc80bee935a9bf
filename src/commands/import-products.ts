// Owns `agizo import products`: a CSV file, row by row into the catalogue, with every bad row reported.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { headerProblem, readHeader, readRow } from '../catalog/product-row.ts';
import { readConfig } from '../config.ts';
import { CsvError, readCsv } from '../platform/csv.ts';
import { currencyDecimals } from '../platform/money.ts';
import { type Arguments, CannotStart, type ExitCode, type Host, WrongUsage } from './command.ts';
import { openShop } from './database.ts';
import { type Fed, type FeedResult, feedProducts } from './product-feed.ts';
import { createProgress } from './progress.ts';

/** So that the SKUs met so far fit into memory: some 100 bytes each. */
const maxRows = 1_000_000;

export async function importProductsCommand(host: Host, { positionals, values }: Arguments): Promise<ExitCode> {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) {
    throw new WrongUsage('It takes one file, or - for standard input.\nSee agizo import products --help.');
  }
  const isDryRun = values['dry-run'] === true;
  const config = readConfig(host.environment, 'database');
  const file = await openFile(host, name);
  const { db, clock, newId } = await openShop(host, config);
  const progress = createProgress(host, () => performance.now());
  const report = (line: number, reasons: string[]) => progress.tell(`line ${line}: ${reasons.join('; ')}`);

  const rows = readRows(file.bytes, currencyDecimals(config.currency));
  let broken: CsvError | undefined;
  const counts = await feedProducts(
    host,
    { db, clock, newId, isDryRun },
    untilBroken(rows),
    report,
    ({ rows: done, refused }) =>
      progress.update(file.bytesRead(), file.size, `${done} rows${refused > 0 ? `, ${refused} refused` : ''}`),
  );
  progress.end();
  if (host.stopping.aborted) return 1;
  if (broken) host.tell(`line ${broken.line}: ${broken.message}. Nothing after it was read.\n`);
  host.print(summary(counts, isDryRun));
  return counts.refused === 0 && !broken ? 0 : 1;

  /** What was read before the file turned out to be broken is imported all the same. */
  async function* untilBroken(all: AsyncIterable<Fed>): AsyncGenerator<Fed> {
    try {
      yield* all;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      broken = error;
    }
  }
}

interface OpenFile {
  bytes: AsyncIterable<Buffer>;
  /** Undefined where nobody knows, as with a pipe. */
  size: number | undefined;
  bytesRead(): number;
}

async function openFile(host: Host, name: string): Promise<OpenFile> {
  if (name === '-') return { bytes: host.stdin, size: undefined, bytesRead: () => 0 };
  const file = path.resolve(host.cwd, name);
  const about = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CannotStart(`${name} can't be read (${error.code}).`, { cause: error });
  });
  if (about.isDirectory()) throw new CannotStart(`${name} is a folder.`);
  const stream = createReadStream(file);
  return { bytes: stream, size: about.isFile() ? about.size : undefined, bytesRead: () => stream.bytesRead };
}

/** The rows of a file, each once: a SKU that comes again is refused. @throws CsvError when the file can't be read on */
async function* readRows(bytes: AsyncIterable<Uint8Array>, decimals: number): AsyncGenerator<Fed> {
  const lineOf = new Map<string, number>();
  let columns: string[] | undefined;
  for await (const { line, fields } of readCsv(bytes)) {
    if (!columns) {
      columns = readHeader(fields);
      const problem = headerProblem(columns);
      if (problem !== undefined) throw new CsvError(line, problem);
      continue;
    }
    const row = readRow(columns, fields, decimals);
    const before = 'sku' in row ? lineOf.get(row.sku) : undefined;
    if (!('sku' in row)) yield { line, reasons: row.reasons };
    else if (before !== undefined) yield { line, reasons: [`sku "${row.sku}" is that of line ${before} too`] };
    else {
      if (lineOf.size === maxRows) throw new CsvError(line, `is past the ${maxRows} rows that one file may have`);
      lineOf.set(row.sku, line);
      yield { line, row };
    }
  }
  if (!columns) throw new CsvError(1, 'must name the columns: the file is empty');
}

function summary({ rows, created, updated, unchanged, refused }: FeedResult, isDryRun: boolean): string {
  const counts = [
    [created, isDryRun ? 'to create' : 'created'],
    [updated, isDryRun ? 'to update' : 'updated'],
    [unchanged, 'unchanged'],
    [refused, 'refused'],
  ].map(([count, what]) => `${count} ${what}`);
  return `${rows} rows: ${counts.join(', ')}.${isDryRun ? ' Dry run: nothing was changed.' : ''}\n`;
}
