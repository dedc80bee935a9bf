// Owns the circuit breaker: when a provider is taken to be down, so that a backlog doesn't burn its attempts, and when it is back.

import type { Outcome } from '../messages/message.ts';

export interface Circuit {
  /** Closed: send. Open: send nothing. Half open: it is time to find out with one message. */
  state(): 'closed' | 'open' | 'half-open';
  /** Every attempt's outcome. */
  count(outcome: Outcome): void;
  /** Finding out didn't get as far as a message. */
  stayOpen(): void;
}

/** Failures in a row. A time-out counts for more: each leaves a message behind of which nobody knows whether it went out. */
const failuresToOpen = 10;
const timeoutWeight = 3;
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
    count(outcome) {
      // A message that is refused for its own sake shows that the provider is well.
      const isWell = outcome.kind === 'retry' ? outcome.waitMs !== undefined : !isFailure(outcome);
      if (isWell) {
        failures = 0;
        openMs = minOpenMs;
        return;
      }
      const wasOpen = isOpen();
      failures += outcome.kind === 'ambiguous' ? timeoutWeight : 1;
      if (outcome.kind === 'unavailable' && outcome.waitMs !== undefined) {
        failures = failuresToOpen;
        open(Math.min(outcome.waitMs, maxWaitMs));
      } else if (isOpen() && (!wasOpen || clock() >= openUntil)) open(openMs);
    },
    stayOpen: () => open(openMs),
  };
}

const isFailure = ({ kind }: Outcome): boolean => kind === 'retry' || kind === 'unavailable' || kind === 'ambiguous';
