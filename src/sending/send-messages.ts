// Owns how the ledger's messages are carried out: what the courier takes, hands over, and writes down of each channel.

import type { ClaimedMessage } from '../messages/attempt-store.ts';
import { type FailedMessage, type Message, nextStep, type Outcome } from '../messages/message.ts';
import type { Health } from '../platform/circuit.ts';
import { type Courier, createCourier, type Ended } from '../platform/courier.ts';
import { type ClaimDeps, claimMessages } from './claim-messages.ts';
import { settleAttempts } from './settle-attempts.ts';

export interface SendMessagesDeps extends ClaimDeps {
  /** Never throws: whatever happens is an outcome. */
  send: (message: Message) => Promise<Outcome>;
  /** Asks the provider, without sending anything, whether it is there. Never throws. */
  isReachable: () => Promise<boolean>;
  /** How many messages may be on their way at once. */
  concurrency: number;
  clock: () => Date;
  /** Of a clock that nobody sets, for how long a provider that is down is spared. */
  nowMs: () => number;
  /** 0 to 1, for the jitter of retries. */
  random: () => number;
  onFault: (error: unknown) => void;
  /** Nothing more can become of a message. */
  onFailed: (message: FailedMessage) => void;
  /** The account is at fault: nothing is sent any more. */
  onPause: (reason: string) => void;
}

type Taken = ClaimedMessage & { isProbe: boolean };

/** A courier for the messages of one channel. */
export function createMessageCourier(deps: SendMessagesDeps): Courier {
  const { clock, nowMs, random, onFault, isReachable, concurrency } = deps;
  return createCourier<Taken, Outcome>({
    async claim(room) {
      const { messages, isProbe, didWork } = await claimMessages(deps, room, clock());
      return { items: messages.map((message) => ({ ...message, isProbe })), didWork };
    },
    carry: async (taken) => (taken.isHopeless ? { kind: 'ambiguous', detail: 'the worker stopped' } : deps.send(taken)),
    healthOf: ({ item, outcome }) => (item.isHopeless ? undefined : healthOf(outcome)),
    async settle(ended) {
      const now = clock();
      const settled = ended.map(({ item, outcome }) => settling(item, outcome, random(), now));
      const { failed, pausedFor } = await settleAttempts({ ...deps, timeZone: deps.limits.timeZone }, settled, now);
      for (const message of failed) deps.onFailed(message);
      if (pausedFor !== undefined) deps.onPause(pausedFor);
    },
    isReachable,
    concurrency,
    nowMs,
    onFault,
  });
}

const settling = (item: Taken, outcome: Ended<Taken, Outcome>['outcome'], jitter: number, now: Date) => ({
  message: item,
  outcome,
  next: nextStep(item, outcome, jitter, now),
  isProbe: item.isProbe,
});

/** What an answer shows of the provider. A message that is refused for its own sake shows that it is well. */
export function healthOf(outcome: Outcome): Health {
  switch (outcome.kind) {
    case 'ambiguous':
      return { kind: 'silent' };
    case 'unavailable':
      return { kind: 'failing', waitMs: outcome.waitMs };
    case 'retry':
      return outcome.waitMs === undefined ? { kind: 'failing' } : { kind: 'well' };
    default:
      return { kind: 'well' };
  }
}
