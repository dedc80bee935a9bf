// Owns the pace of background work: how often its steps are repeated, what wakes them, and how much they leave to customers.

/**
 * A group of this many orders means that customers are waiting. Background work then takes a tenth of the time, and each
 * kind of it begins something every two seconds: what is on its way to a provider takes time too, which no clock around
 * a step counts.
 */
const busyGroup = 32;
const busyMs = 500;
const workShare = 0.1;
const busyRestMs = 2_000;
const pollMs = 250;

export interface Pace {
  /** Something is due now: this many of it at once, of which many mean that customers are waiting. */
  wake(count: number): void;
  stop(): void;
  stopped(): boolean;
  /** Waits between two steps: not at all, until woken, or to leave time to customers. */
  rest(didWork: boolean, workedMs: number): Promise<void>;
}

export function createPace(): Pace {
  let wakers: (() => void)[] = [];
  let stopped = false;
  let busyUntilMs = 0;
  const wakeAll = () => {
    for (const wake of wakers.splice(0)) wake();
  };
  return {
    wake(count) {
      if (count >= busyGroup) busyUntilMs = performance.now() + busyMs;
      else if (performance.now() >= busyUntilMs) wakeAll();
    },
    stop() {
      stopped = true;
      wakeAll();
    },
    stopped: () => stopped,
    rest(didWork, workedMs) {
      const isBusy = performance.now() < busyUntilMs;
      const restMs = isBusy ? Math.max(workedMs * (1 / workShare - 1), busyRestMs) : didWork ? 0 : pollMs;
      if (restMs === 0 || stopped) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(done, restMs);
        function done() {
          clearTimeout(timer);
          wakers = wakers.filter((wake) => wake !== done);
          resolve();
        }
        wakers.push(done);
      });
    },
  };
}

/** One kind of work: a step that is done again and again until the pace stops. */
export interface Work {
  /** @returns whether there was anything to do */
  step: () => Promise<boolean>;
  /** Waited for before each step, and no work. */
  ready?: () => Promise<void>;
}

export async function repeat({ step, ready }: Work, pace: Pace, onFault: (error: unknown) => void): Promise<void> {
  while (!pace.stopped()) {
    await ready?.();
    const startedMs = performance.now();
    let didWork = false;
    try {
      didWork = await step();
    } catch (error) {
      onFault(error);
    }
    await pace.rest(didWork, performance.now() - startedMs);
  }
}
