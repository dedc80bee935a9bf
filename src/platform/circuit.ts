// Owns the circuit breaker: when a provider is taken to be down, so that a backlog doesn't burn its attempts, and when it is back.

/** What an answer shows of the provider: well, failing (and for how long it asks to be left alone), or silent. */
export type Health = { kind: 'well' } | { kind: 'failing'; waitMs?: number | undefined } | { kind: 'silent' };

export interface Circuit {
  /** Closed: send. Open: send nothing. Half open: it is time to find out with one. */
  state(): 'closed' | 'open' | 'half-open';
  /** Every answer. */
  count(health: Health): void;
  /** Finding out didn't get as far as sending. */
  stayOpen(): void;
}

/** Failures in a row. Silence counts for more: each leaves something behind of which nobody knows whether it went out. */
const failuresToOpen = 10;
const silenceWeight = 3;
const minOpenMs = 2_000;
const maxOpenMs = 30_000;
const maxWaitMs = 60 * 60_000;

/** @param clock in milliseconds */
export function createCircuit(clock: () => number): Circuit {
  let failures = 0;
  let openMs = minOpenMs;
  let openUntil = 0;

  function open(forMs: number): void {
    openUntil = clock() + forMs;
    openMs = Math.min(openMs * 2, maxOpenMs);
  }

  const isOpen = () => failures >= failuresToOpen;
  return {
    state() {
      if (!isOpen()) return 'closed';
      return clock() >= openUntil ? 'half-open' : 'open';
    },
    count(health) {
      if (health.kind === 'well') {
        failures = 0;
        openMs = minOpenMs;
        return;
      }
      const wasOpen = isOpen();
      failures += health.kind === 'silent' ? silenceWeight : 1;
      if (health.kind === 'failing' && health.waitMs !== undefined) {
        failures = failuresToOpen;
        open(Math.min(health.waitMs, maxWaitMs));
      } else if (isOpen() && (!wasOpen || clock() >= openUntil)) open(openMs);
    },
    stayOpen: () => open(openMs),
  };
}
