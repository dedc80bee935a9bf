// Owns what the stand-ins leave in the air: waits, delayed actions and connections held open, all of which end when they close.

import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

export interface Lifetime {
  /** Resolves after so long, at once for 0, or when everything closes. */
  pause: (delayMs: number) => Promise<void>;
  /** Does `action` after so long, unless everything closes before. */
  after: (delayMs: number, action: () => void) => void;
  /** Takes the connection away from Fastify, to be ended by the client or by closing. */
  hold: (reply: FastifyReply) => FastifyReply;
  close: () => void;
}

export function createLifetime(): Lifetime {
  const timers = new Map<NodeJS.Timeout, () => void>();
  const held = new Set<Socket>();
  let closed = false;

  function start(delayMs: number, elapsed: () => void, closing: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      elapsed();
    }, delayMs);
    timers.set(timer, closing);
  }

  return {
    pause: (delayMs) =>
      delayMs === 0 || closed ? Promise.resolve() : new Promise((resolve) => start(delayMs, resolve, resolve)),
    after(delayMs, action) {
      if (!closed) start(delayMs, action, () => {});
    },
    hold(reply) {
      reply.hijack();
      const { socket } = reply.request.raw;
      if (closed) socket.destroy();
      else held.add(socket);
      socket.once('close', () => held.delete(socket));
      return reply;
    },
    close() {
      closed = true;
      for (const [timer, closing] of timers) {
        clearTimeout(timer);
        closing();
      }
      timers.clear();
      for (const socket of held) socket.destroy();
    },
  };
}
