// Owns carrying what a ledger holds to the outside world: as many at once as a provider takes, sparing one that is down.
//
// What is carried, how it is leased, and what follows from the outcome, is its ledger's.

import { setTimeout as delay } from 'node:timers/promises';
import { createCircuit, type Health } from './circuit.ts';
import { isDatabaseUnavailable } from './database.ts';

/** What came of carrying one item. */
export interface Ended<Item, Outcome> {
  item: Item;
  outcome: Outcome;
}

export interface CourierDeps<Item, Outcome> {
  /**
   * Takes what is due, at most `room` of it, under a lease that outlasts carrying and settling.
   * `didWork`: something was due, taken or not.
   */
  claim: (room: number) => Promise<{ items: readonly Item[]; didWork: boolean }>;
  /** Never throws: whatever happens is an outcome. */
  carry: (item: Item) => Promise<Outcome>;
  /** Undefined where the provider was not asked. */
  healthOf: (ended: Ended<Item, Outcome>) => Health | undefined;
  /** Writes down what came of some: all of them, or none where it throws. */
  settle: (ended: readonly Ended<Item, Outcome>[]) => Promise<void>;
  /** Asks the provider, without carrying anything, whether it is there. Never throws. */
  isReachable: () => Promise<boolean>;
  /** How many may be on their way at once. */
  concurrency: number;
  /** In milliseconds, for the circuit. */
  nowMs: () => number;
  onFault: (error: unknown) => void;
}

export interface Courier {
  /** Resolves when taking something is worth while, and after a moment all the same. */
  hasRoom(): Promise<void>;
  /** Takes what is due, as far as there is room. @returns whether there was anything */
  carryDue(): Promise<boolean>;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
}

/** While so few could be taken, taking them costs more than they gain. */
const minRoomShare = 0.25;
const roomWaitMs = 100;

export function createCourier<Item, Outcome>(deps: CourierDeps<Item, Outcome>): Courier {
  const circuit = createCircuit(deps.nowMs);
  const write = createWriter(deps);
  const onTheirWay = new Set<Promise<void>>();
  let onRoom: () => void = () => undefined;

  async function carry(item: Item): Promise<void> {
    const ended = { item, outcome: await deps.carry(item) };
    const health = deps.healthOf(ended);
    if (health) circuit.count(health);
    await write(ended);
  }

  const isRoomy = () => deps.concurrency - onTheirWay.size >= deps.concurrency * minRoomShare;

  /** How many may be taken now. */
  async function room(): Promise<number> {
    const state = circuit.state();
    if (state === 'open' || (state === 'half-open' && onTheirWay.size > 0)) return 0;
    if (state === 'half-open') {
      // Not with an item: silence would leave another one behind of which nobody knows whether it went out.
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
    async carryDue() {
      const limit = await room();
      // Full is not idle: what there is to do is waited for elsewhere.
      if (limit === 0) return !isRoomy();
      const { items, didWork } = await deps.claim(limit);
      for (const item of items) {
        const carrying = carry(item)
          .catch(deps.onFault)
          .finally(() => {
            onTheirWay.delete(carrying);
            if (isRoomy()) onRoom();
          });
        onTheirWay.add(carrying);
      }
      return didWork;
    },
    async idle() {
      await Promise.all(onTheirWay);
    },
  };
}

const maxBatch = 500;
/** Well inside a lease: after that the item is another worker's. */
const writeForMs = 30_000;
const writeAgainMs = 250;

/** Writes what ends while one batch is being written with the next one: many a second cost few commits. */
function createWriter<Item, Outcome>({
  settle,
  onFault,
}: Pick<CourierDeps<Item, Outcome>, 'settle' | 'onFault'>): (ended: Ended<Item, Outcome>) => Promise<void> {
  const waiting: { ended: Ended<Item, Outcome>; done: () => void }[] = [];
  let isWriting = false;

  async function save(ended: readonly Ended<Item, Outcome>[]): Promise<void> {
    const untilMs = performance.now() + writeForMs;
    for (;;) {
      try {
        return await settle(ended);
      } catch (error) {
        // What came of an item must not be lost for a database that restarts: it would be sent again.
        if (isDatabaseUnavailable(error) && performance.now() < untilMs) {
          await delay(writeAgainMs);
          continue;
        }
        onFault(error);
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
