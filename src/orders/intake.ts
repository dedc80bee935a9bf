// Owns the queue in front of placing: gathers the placements that arrive while the group before is being written.

import { setTimeout as delay } from 'node:timers/promises';
import { Problem, type ProblemType } from '../platform/problem.ts';
import type { Outcome, Placement } from './decide-placements.ts';

export const overloaded: ProblemType = {
  slug: 'overloaded',
  status: 503,
  title: 'Too many orders at this moment',
  meaning:
    'More orders are waiting than can be placed in good time. Nothing was changed: repeat after `Retry-After` seconds.',
};

export interface IntakeOptions {
  /** Places a group and throws when it failed as a whole. `again` is true when it, or a group it was in, was tried before. */
  placeGroup: (group: readonly Placement[], again: boolean) => Promise<Outcome[]>;
  /** True for an error that may pass by itself: a lost connection, a deadlock, a group that met another. */
  mayPass: (error: unknown) => boolean;
  /** True for an error that says the database is away, as it is while it restarts: worth waiting for. */
  isAway: (error: unknown) => boolean;
  /** How long a database that is away is waited for, from the first that met it. */
  patienceMs: number;
  /** How many orders go into the database together at most. */
  maxGroup: number;
  /** How many may wait; past it a placement is refused at once. */
  maxWaiting: number;
}

export interface Intake {
  /** Resolves once the order is durable or refused. @throws Problem overloaded; the fault when the database failed. */
  place(placement: Placement): Promise<Outcome>;
  /** Resolves when everything accepted so far is answered. */
  drained(): Promise<void>;
  waiting(): number;
}

interface Waiting {
  placement: Placement;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

const maxTries = 3;
const maxPauseMs = 500;

/** How many answers go out before the event loop looks at the database again. */
const answersAtOnce = 16;

/**
 * One group is written at a time: while it is, the next one gathers, so groups grow with the load by themselves and
 * a lone order never waits for company. First come, first served. The answers of a group go out while the database
 * works on the next one: otherwise each of the two would stand idle for as long as the other works.
 */
export function createIntake(options: IntakeOptions): Intake {
  const queue: Waiting[] = [];
  const answering = new Set<Promise<void>>();
  const outage: Outage = { sinceMs: undefined };
  let running: Promise<void> | undefined;

  function answer(results: Result[]): void {
    const answered = answerInSlices(results).finally(() => answering.delete(answered));
    answering.add(answered);
  }

  async function run(): Promise<void> {
    // Requests that were parsed in the same turn of the event loop join the first group.
    await nextTurn();
    while (queue.length > 0) answer(await placeTogether(queue.splice(0, options.maxGroup), options, outage));
    running = undefined;
  }

  return {
    place(placement) {
      if (queue.length >= options.maxWaiting) {
        throw new Problem(overloaded, 'More orders are waiting than can be placed in good time.', {
          headers: { 'retry-after': '1' },
        });
      }
      return new Promise((resolve, reject) => {
        queue.push({ placement, resolve, reject });
        running ??= run();
      });
    },
    async drained() {
      await running;
      await Promise.all(answering);
    },
    waiting: () => queue.length,
  };
}

const nextTurn = (): Promise<void> => new Promise(setImmediate);

interface Result {
  waiting: Waiting;
  outcome?: Outcome;
  failure?: unknown;
}

async function answerInSlices(results: Result[]): Promise<void> {
  for (const [index, { waiting, outcome, failure }] of results.entries()) {
    if (index % answersAtOnce === 0 && index > 0) await nextTurn();
    if (outcome) waiting.resolve(outcome);
    else waiting.reject(failure);
  }
}

/** Since when the database is away; undefined while it is there. */
interface Outage {
  sinceMs: number | undefined;
}

/**
 * Tries a group, again where the failure may pass, then each half on its own, until only the culprit is refused.
 * The group that a restart of the database surprised may be written or not: having waited, it finds out, and its
 * customers hear the truth instead of trying again. Once all patience is used up, those who come later have one try.
 */
async function placeTogether(
  group: Waiting[],
  options: IntakeOptions,
  outage: Outage,
  again = false,
): Promise<Result[]> {
  let failure: unknown;
  for (let tries = 1; ; tries++) {
    try {
      const outcomes = await options.placeGroup(
        group.map((each) => each.placement),
        again || tries > 1,
      );
      outage.sinceMs = undefined;
      return group.map((waiting, index) => ({ waiting, outcome: outcomes[index] as Outcome }));
    } catch (error) {
      failure = error;
      if (!options.mayPass(error)) break;
      if (!options.isAway(error)) {
        if (tries === maxTries) break;
        continue;
      }
      outage.sinceMs ??= performance.now();
      if (performance.now() - outage.sinceMs >= options.patienceMs) break;
      await delay(Math.min(25 * 2 ** tries, maxPauseMs));
    }
  }
  // Half a group has half as much to meet others at: newcomers who order at several processes at once all get through.
  const isOver = options.mayPass(failure) && options.isAway(failure);
  if (group.length === 1 || isOver) return group.map((waiting) => ({ waiting, failure }));
  const half = Math.ceil(group.length / 2);
  return [
    ...(await placeTogether(group.slice(0, half), options, outage, true)),
    ...(await placeTogether(group.slice(half), options, outage, true)),
  ];
}
