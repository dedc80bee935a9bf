// Owns getting the ledger's messages out: takes what is due, hands it to the provider, writes down what came of it.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import { localDay } from '../platform/local-time.ts';
import { type Channel, type Message, nextStep, type Outcome } from './message.ts';
import { type ClaimedMessage, claimMessages, saveOutcomes } from './store.ts';

export interface DeliveryDeps {
  db: Kysely<Database>;
  channel: Channel;
  /** Never throws: whatever happens is an outcome. */
  send: (message: Message) => Promise<Outcome>;
  /** How many messages may be on their way at once. */
  concurrency: number;
  clock: () => Date;
  /** IANA name, for the day that a cost belongs to. */
  timeZone: string;
  /** 0 to 1, for the jitter of retries. */
  random: () => number;
  onFault: (error: unknown) => void;
}

export interface Delivery {
  /** Takes what is due, as far as there is room. @returns whether there was anything */
  deliverDue(): Promise<boolean>;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
}

/** Longer than any client's time-out, so that a lease only ends in the hands of a worker that is dead. */
const leaseMs = 60_000;

/** After this many failures in a row the provider is taken to be down: one message at a time finds out when it is back. */
const failuresToOpen = 5;
const circuitMs = 5_000;

export function createDelivery(deps: DeliveryDeps): Delivery {
  const onTheirWay = new Set<Promise<void>>();
  let failures = 0;
  let openUntilMs = 0;

  function room(): number {
    if (failures < failuresToOpen) return deps.concurrency - onTheirWay.size;
    const mayProbe = onTheirWay.size === 0 && deps.clock().getTime() >= openUntilMs;
    return mayProbe ? 1 : 0;
  }

  function count(outcome: Outcome): void {
    // A message refused for its own sake shows that the provider is well.
    if (outcome.kind === 'accepted' || outcome.kind === 'permanent') {
      failures = 0;
      return;
    }
    failures = outcome.kind === 'blocked' ? failuresToOpen : failures + 1;
    openUntilMs = deps.clock().getTime() + circuitMs;
  }

  async function attempt({ isHopeless, ...message }: ClaimedMessage): Promise<void> {
    const outcome: Outcome = isHopeless
      ? { kind: 'ambiguous', detail: 'the worker stopped' }
      : await deps.send(message);
    if (!isHopeless) count(outcome);
    const now = deps.clock();
    const ended = { message, outcome, next: nextStep(message, outcome, deps.random()) };
    await saveOutcomes(deps.db, deps.channel, [ended], now, localDay(now, deps.timeZone));
  }

  return {
    async deliverDue() {
      const limit = room();
      if (limit <= 0) return false;
      const now = deps.clock();
      const claimed = await claimMessages(deps.db, deps.channel, limit, now, new Date(now.getTime() + leaseMs));
      for (const message of claimed) {
        const sending = attempt(message)
          // What could not be written down stays under its lease and is taken up again when that ends.
          .catch(deps.onFault)
          .finally(() => onTheirWay.delete(sending));
        onTheirWay.add(sending);
      }
      return claimed.length > 0;
    },
    async idle() {
      await Promise.all(onTheirWay);
    },
  };
}
