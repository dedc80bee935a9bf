// Owns files that are sent while they are read: a page at a time, at the pace of who takes them, and only so many at once.

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { type Cell, csvRecord, csvStart } from '../files/write-csv.ts';
import { Problem, unavailable } from '../platform/problem.ts';

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

const atOnce = 4;
/** Nobody waits for somebody who takes nothing any more. */
const stalledMs = 60_000;

/**
 * No connection to the database is held while the other side is slow: each page is a read of its own, and what is placed
 * meanwhile is in the file or not. The first page is read before the answer begins, so that a refusal is still one.
 */
export function createFiles(): SendFile {
  let underWay = 0;
  return async (reply, name, columns, readPage) => {
    if (underWay >= atOnce) {
      throw new Problem(unavailable, 'Too many files are being made at the moment.', {
        headers: { 'retry-after': '30' },
      });
    }
    underWay += 1;
    try {
      const first = await readPage(undefined);
      const stream = Readable.from(
        pages(columns, first, readPage, () => stream.destroy()),
        { objectMode: false },
      );
      stream.once('close', () => (underWay -= 1));
      return reply
        .type('text/csv; charset=utf-8')
        .headers({
          'content-disposition': `attachment; filename="${name}.csv"`,
          'cache-control': 'private, no-store',
        })
        .send(stream);
    } catch (error) {
      underWay -= 1;
      throw error;
    }
  };
}

async function* pages(
  columns: readonly string[],
  first: FilePage,
  readPage: (cursor: string | undefined) => Promise<FilePage>,
  giveUp: () => void,
): AsyncGenerator<string> {
  let text = csvStart + csvRecord(columns);
  for (let page = first; ; page = await readPage(page.next)) {
    text += page.records.map(csvRecord).join('');
    const timer = setTimeout(giveUp, stalledMs).unref();
    try {
      yield text;
    } finally {
      clearTimeout(timer);
    }
    text = '';
    if (page.next === undefined) return;
  }
}
