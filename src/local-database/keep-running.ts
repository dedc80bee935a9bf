// Owns keeping the PostgreSQL from npm running: when it ends by itself, such as by `kill -9`, it is started again.

import { setTimeout as delay } from 'node:timers/promises';
import type { LocalPostgres } from './local-postgres.ts';

export interface KeptPostgres {
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface Listener {
  onEnd: () => void;
  /** It could not be started again, and is tried again after a while. */
  onFailure: (error: unknown) => void;
  onBack: () => void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** Who ends sooner than this after a start has something wrong: the pauses go on growing. */
const steadyMs = 60_000;

export function keepRunning(started: LocalPostgres, { onEnd, onFailure, onBack }: Listener): KeptPostgres {
  const stopping = new AbortController();
  let current = started;
  let pauseMs = firstPauseMs;

  /** @returns whether it runs, which it does unless everything is to end */
  async function startAgain(): Promise<boolean> {
    for (;;) {
      await delay(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted) return false;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      try {
        current = await current.startAgain();
        if (!stopping.signal.aborted) return true;
        await current.stop();
      } catch (error) {
        onFailure(error);
      }
    }
  }

  async function watch(): Promise<void> {
    for (;;) {
      const startedMs = performance.now();
      await current.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedMs >= steadyMs) pauseMs = firstPauseMs;
      onEnd();
      if (!(await startAgain())) return;
      onBack();
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}
