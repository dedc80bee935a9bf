// Owns CSV files that are sent a page at a time.

import type { FastifyReply } from 'fastify';
import { createSender } from '../files/send-pieces.ts';
import { type Cell, csvRecord, csvStart } from '../files/write-csv.ts';

export interface FilePage {
  records: Cell[][];
  /** The cursor of the next page; undefined behind the last. */
  next: string | undefined;
}

export type SendFile = (
  reply: FastifyReply,
  name: string,
  columns: readonly string[],
  readPage: (cursor: string | undefined) => Promise<FilePage>,
) => Promise<FastifyReply>;

export function createFiles(): SendFile {
  const send = createSender();
  return (reply, name, columns, readPage) =>
    send(reply, { name: `${name}.csv`, type: 'text/csv; charset=utf-8' }, pages(columns, readPage));
}

async function* pages(
  columns: readonly string[],
  readPage: (cursor: string | undefined) => Promise<FilePage>,
): AsyncGenerator<string, void> {
  let text = csvStart + csvRecord(columns);
  for (let cursor: string | undefined; ; text = '') {
    const page = await readPage(cursor);
    yield text + page.records.map(csvRecord).join('');
    if (page.next === undefined) return;
    cursor = page.next;
  }
}
