// Owns getting the ledger's messages out: takes what is due, hands it to the provider, writes down what came of it.

import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimedMessage } from '../messages/attempt-store.ts';
import { type FailedMessage, type Message, nextStep, type Outcome } from '../messages/message.ts';
import { isDatabaseUnavailable } from '../platform/database.ts';
import { createCircuit } from './circuit.ts';
import { type ClaimDeps, claimMessages } from './claim-messages.ts';
import { type SettledAttempt, settleAttempts } from './settle-attempts.ts';

export interface DeliveryDeps extends ClaimDeps {
  /** Never throws: whatever happens is an outcome. */
  send: (message: Message) => Promise<Outcome>;
  /** Asks the provider, without sending anything, whether it is there. Never throws. */
  isReachable: () => Promise<boolean>;
  /** How many messages may be on their way at once. */
  concurrency: number;
  clock: () => Date;
  /** 0 to 1, for the jitter of retries. */
  random: () => number;
  onFault: (error: unknown) => void;
  /** Nothing more can become of a message. */
  onFailed: (message: FailedMessage) => void;
  /** The account is at fault: nothing is sent any more. */
  onPause: (reason: string) => void;
}

export interface Delivery {
  /** Resolves when taking messages is worth while, and after a moment all the same. */
  hasRoom(): Promise<void>;
  /** Takes what is due, as far as there is room. @returns whether there was anything */
  deliverDue(): Promise<boolean>;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
}

/** While so few could be taken, taking them costs more than they gain. */
const minRoomShare = 0.25;
const roomWaitMs = 100;

export function createDelivery(deps: DeliveryDeps): Delivery {
  const circuit = createCircuit(() => deps.clock().getTime());
  const write = createWriter(deps);
  const onTheirWay = new Set<Promise<void>>();
  let onRoom: () => void = () => undefined;

  async function attempt({ isHopeless, ...message }: ClaimedMessage, isProbe: boolean): Promise<void> {
    const outcome: Outcome = isHopeless
      ? { kind: 'ambiguous', detail: 'the worker stopped' }
      : await deps.send(message);
    if (!isHopeless) circuit.count(outcome);
    await write({ message, outcome, next: nextStep(message, outcome, deps.random(), deps.clock()), isProbe });
  }

  const isRoomy = () => deps.concurrency - onTheirWay.size >= deps.concurrency * minRoomShare;

  /** How many may be taken now. */
  async function room(): Promise<number> {
    const state = circuit.state();
    if (state === 'open' || (state === 'half-open' && onTheirWay.size > 0)) return 0;
    if (state === 'half-open') {
      // Not with a message: a time-out would leave another one behind of which nobody knows whether it went out.
      if (await deps.isReachable()) return 1;
      circuit.stayOpen();
      return 0;
    }
    return isRoomy() ? deps.concurrency - onTheirWay.size : 0;
  }

  return {
    async hasRoom() {
      if (isRoomy()) return;
      const timer = new AbortController();
      const waited = delay(roomWaitMs, undefined, timer).catch(() => undefined);
      await Promise.race([new Promise<void>((resolve) => (onRoom = resolve)), waited]);
      timer.abort();
    },
    async deliverDue() {
      const limit = await room();
      // Full is not idle: what there is to do is waited for elsewhere.
      if (limit === 0) return !isRoomy();
      const { messages, isProbe, didWork } = await claimMessages(deps, limit, deps.clock());
      for (const message of messages) {
        const sending = attempt(message, isProbe)
          .catch(deps.onFault)
          .finally(() => {
            onTheirWay.delete(sending);
            if (isRoomy()) onRoom();
          });
        onTheirWay.add(sending);
      }
      return didWork;
    },
    async idle() {
      await Promise.all(onTheirWay);
    },
  };
}

const maxBatch = 500;
/** Well inside the lease: after that the message is another worker's. */
const writeForMs = 30_000;
const writeAgainMs = 250;

/** Writes the attempts that end while one batch is being written with the next one: many a second cost few commits. */
function createWriter(deps: DeliveryDeps): (ended: SettledAttempt) => Promise<void> {
  const waiting: { ended: SettledAttempt; done: () => void }[] = [];
  let isWriting = false;

  async function save(ended: readonly SettledAttempt[]): Promise<void> {
    const untilMs = performance.now() + writeForMs;
    for (;;) {
      try {
        const settling = settleAttempts({ ...deps, timeZone: deps.limits.timeZone }, ended, deps.clock());
        const { failed, pausedFor } = await settling;
        for (const message of failed) deps.onFailed(message);
        if (pausedFor !== undefined) deps.onPause(pausedFor);
        return;
      } catch (error) {
        // What came of a message must not be lost for a database that restarts: it would be sent again.
        if (isDatabaseUnavailable(error) && performance.now() < untilMs) {
          await delay(writeAgainMs);
          continue;
        }
        deps.onFault(error);
        if (ended.length === 1) return;
        // One that can't be written takes the others with it: each by itself.
        for (const each of ended) await save([each]);
        return;
      }
    }
  }

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      await save(batch.map(({ ended }) => ended));
      for (const { done } of batch) done();
    }
    isWriting = false;
  }

  return (ended) =>
    new Promise((done) => {
      waiting.push({ ended, done });
      if (!isWriting) void writeAll();
    });
}
