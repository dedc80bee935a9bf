// Owns the calls that the stand-in for Africa's Talking makes to the service: form posts, several at a time, never repeated.

import type { FastifyBaseLogger } from 'fastify';

export interface Callbacks {
  /** Posts the forms one after the other, in this order; other calls to `post` may overtake. */
  post(kind: 'delivery' | 'incoming' | 'opt-out', forms: Record<string, string>[]): void;
  close(): void;
}

const maxConcurrent = 16;
const maxWaiting = 50_000;
const timeoutMs = 10_000;

/** @param callbacksUrl what `/delivery`, `/incoming` and `/opt-out` are appended to; undefined where nobody listens. */
export function createCallbacks(callbacksUrl: string | undefined, logger: FastifyBaseLogger): Callbacks {
  const waiting: Array<() => Promise<void>> = [];
  const closing = new AbortController();
  let running = 0;

  async function postForm(url: string, form: Record<string, string>): Promise<void> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), signal });
      await response.arrayBuffer();
      if (!response.ok) logger.warn({ status: response.status }, 'the service refused a callback of the sandbox');
    } catch (error) {
      if (!closing.signal.aborted) logger.warn({ err: error }, 'a callback of the sandbox did not get through');
    }
  }

  async function work(): Promise<void> {
    running += 1;
    for (let next = waiting.shift(); next && !closing.signal.aborted; next = waiting.shift()) await next();
    running -= 1;
  }

  return {
    post(kind, forms) {
      if (!callbacksUrl || forms.length === 0 || closing.signal.aborted) return;
      if (waiting.length >= maxWaiting) {
        logger.warn('the sandbox drops callbacks: too many are waiting');
        return;
      }
      waiting.push(async () => {
        for (const form of forms) await postForm(`${callbacksUrl}/${kind}`, form);
      });
      if (running < maxConcurrent) void work();
    },
    close() {
      closing.abort();
      waiting.length = 0;
    },
  };
}
