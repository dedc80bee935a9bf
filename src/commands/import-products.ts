// Owns `agizo import products`: a CSV file, row by row into the catalogue, with every bad row reported.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readConfig } from '../config.ts';
import { CsvError } from '../files/csv.ts';
import { isEncoding } from '../files/encoding.ts';
import { type FileRow, readProductFile } from '../imports/product-file.ts';
import { type Reason, sayReason } from '../imports/product-row.ts';
import { type Arguments, CannotStart, type ExitCode, type Host, WrongUsage } from './command.ts';
import { assertCurrency, settleCurrency } from './currency.ts';
import { openShop } from './database.ts';
import { type FeedResult, feedProducts } from './product-feed.ts';
import { createProgress } from './progress.ts';

export async function importProductsCommand(host: Host, { positionals, values }: Arguments): Promise<ExitCode> {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) {
    throw new WrongUsage('It takes one file, or - for standard input.\nSee agizo import products --help.');
  }
  const isDryRun = values['dry-run'] === true;
  const encoding = values['encoding'] === undefined ? undefined : String(values['encoding']);
  if (encoding !== undefined && !isEncoding(encoding)) {
    throw new WrongUsage('--encoding takes a name such as windows-1252 or utf-8.\nSee agizo import products --help.');
  }
  const config = readConfig(host.environment, 'database');
  const file = await openFile(host, name);
  const { db, clock, newId } = await openShop(host, config);
  await (isDryRun ? assertCurrency : settleCurrency)(db, config.currency);
  const progress = createProgress(host, () => performance.now());
  const report = (line: number, reasons: Reason[]) =>
    progress.tell(`line ${line}: ${reasons.map(sayReason).join('; ')}`);

  const rows = readProductFile({ bytes: file.bytes, encoding }, config.currency);
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
  if (broken) host.tell(`line ${broken.line}: ${broken.message}${offer(broken)}. Nothing after it was read.\n`);
  host.print(summary(counts, isDryRun));
  return counts.refused === 0 && !broken ? 0 : 1;

  /** What was read before the file turned out to be broken is imported all the same. */
  async function* untilBroken(all: AsyncIterable<FileRow>): AsyncGenerator<FileRow> {
    try {
      yield* all;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      broken = error;
    }
  }
}

const offer = ({ suggestedEncoding: name }: CsvError): string =>
  name === undefined ? '' : `, or import it with --encoding ${name}`;

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

function summary({ rows, created, updated, unchanged, refused }: FeedResult, isDryRun: boolean): string {
  const counts = [
    [created, isDryRun ? 'to create' : 'created'],
    [updated, isDryRun ? 'to update' : 'updated'],
    [unchanged, 'unchanged'],
    [refused, 'refused'],
  ].map(([count, what]) => `${count} ${what}`);
  return `${rows} rows: ${counts.join(', ')}.${isDryRun ? ' Dry run: nothing was changed.' : ''}\n`;
}
