// Owns telling open pages that something has changed, as server-sent events; what it is they read for themselves.

import type { FastifyReply } from 'fastify';
import type { Lifetime } from './lifetime.ts';

type Change = 'messages' | 'emails' | 'faults';

export interface LiveUpdates {
  /** Streams to this reply until the page goes away. */
  follow(reply: FastifyReply): FastifyReply;
  /** Cheap however often it is called: pages hear of it a few times a second at most. */
  announce(change: Change): void;
}

const everyMs = 150;
const heartbeatMs = 25_000;
const maxFollowers = 50;

export function createLiveUpdates(lifetime: Lifetime): LiveUpdates {
  const followers = new Set<FastifyReply['raw']>();
  const due = new Set<Change>();

  function write(text: string): void {
    for (const raw of followers) raw.write(text);
  }

  function flush(): void {
    write([...due].map((change) => `event: ${change}\ndata: {}\n\n`).join(''));
    due.clear();
  }

  function beat(): void {
    if (followers.size === 0) return;
    write(': still here\n\n');
    lifetime.after(heartbeatMs, beat);
  }

  return {
    follow(reply) {
      lifetime.hold(reply);
      const { raw } = reply;
      if (followers.size >= maxFollowers || raw.destroyed) {
        raw.destroy();
        return reply;
      }
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 1000\n\n');
      followers.add(raw);
      raw.once('close', () => followers.delete(raw));
      if (followers.size === 1) lifetime.after(heartbeatMs, beat);
      return reply;
    },
    announce(change) {
      if (followers.size === 0) return;
      if (due.size === 0) lifetime.after(everyMs, flush);
      due.add(change);
    },
  };
}
