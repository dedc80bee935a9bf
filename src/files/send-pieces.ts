// Owns files that are sent while they are read: a piece at a time, at the pace of who takes them, and only so many at once.

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Problem, unavailable } from '../platform/problem.ts';

export interface FileHead {
  name: string;
  type: string;
}

export type SendPieces = (
  reply: FastifyReply,
  head: FileHead,
  pieces: AsyncGenerator<string, void>,
) => Promise<FastifyReply>;

const atOnce = 4;
/** Nobody waits for somebody who takes nothing any more. */
const stalledMs = 60_000;

/**
 * No connection to the database is held while the other side is slow: each piece is a read of its own, and what changes
 * meanwhile is in the file or not. The first piece is read before the answer begins, so that a refusal is still one.
 */
export function createSender(): SendPieces {
  let underWay = 0;
  return async (reply, { name, type }, pieces) => {
    if (underWay >= atOnce) {
      throw new Problem(unavailable, 'Too many files are being made at the moment.', {
        headers: { 'retry-after': '30' },
      });
    }
    underWay += 1;
    try {
      const first = await pieces.next();
      const stream = Readable.from(
        paced(first, pieces, () => stream.destroy()),
        { objectMode: false },
      );
      stream.once('close', () => (underWay -= 1));
      return reply
        .type(type)
        .headers({ 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'private, no-store' })
        .send(stream);
    } catch (error) {
      underWay -= 1;
      throw error;
    }
  };
}

async function* paced(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
  giveUp: () => void,
): AsyncGenerator<string> {
  for (let piece = first; !piece.done; piece = await rest.next()) {
    const timer = setTimeout(giveUp, stalledMs).unref();
    try {
      yield piece.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
