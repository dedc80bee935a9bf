// Owns what a fact of the model is, and what it judges.

import type { End } from './end.ts';
import type { Call } from './history.ts';
import { findStuck, type Step, TooMuchPossible } from './linearizable.ts';

export interface World {
  calls: readonly Call[];
  /** What there is after all is done and sent. */
  end: End;
}

export interface Violation {
  what: string;
  /** The ids, keys and phones that it is about, by which a failure shows its part of the history. */
  about: string[];
  /** When it came to be: what was before doesn't matter to it. */
  during?: { fromMs: number; toMs: number };
}

export interface Fact {
  /** As a sentence. */
  name: string;
  /** The tables whose rows it judges. */
  tables: readonly string[];
  check(world: World): Violation[];
}

/** What was sent and not answered may still be done for so long. */
export const graceMs = 2_000;

/** For what is read when all is over. */
export const afterAll = (calls: readonly Call[]): number =>
  1 + graceMs + Math.max(0, ...calls.map(({ fromMs, toMs }) => (Number.isFinite(toMs) ? toMs : fromMs)));

/** A step of what a call saw, or did, when it was answered. */
export const answered = <State>(call: Call, what: string, apply: Step<State>['apply']): Step<State> => ({
  what: `${call.client}: ${what}`,
  fromMs: call.lastFromMs,
  toMs: call.toMs,
  apply,
});

/** A step of what a call saw, changing nothing. */
export const looked = <State>(call: Call, what: string, apply: Step<State>['apply']): Step<State> => ({
  ...answered(call, what, apply),
  isLook: true,
});

/** A step that a call may have made unheard; none where each try was answered. */
export function unheard<State>(call: Call, what: string, apply: Step<State>['apply']): Step<State>[] {
  if (call.lost === 0) return [];
  const toMs = call.toMs + graceMs;
  return [{ what: `${call.client}: perhaps ${what}`, fromMs: call.fromMs, toMs, isOptional: true, apply }];
}

function find<State extends string | number | null>(first: State, steps: readonly Step<State>[]) {
  try {
    return findStuck(first, steps);
  } catch (error) {
    if (error instanceof TooMuchPossible) return 'undecided';
    throw error;
  }
}

/** A violation where no order of the steps explains what was seen. @param thing as in `the stock of …` */
export function judge<State extends string | number | null>(
  thing: string,
  first: State,
  steps: readonly Step<State>[],
  about: string[],
): Violation[] {
  const stuck = find(first, steps);
  if (!stuck) return [];
  if (stuck === 'undecided') return [{ what: `${thing}: too much is possible to judge it`, about: [] }];
  const { step, others, states, quietMs, quietStates } = stuck;
  const list = (all: readonly State[]) => [...new Set(all.map(String))].slice(0, 8).join(' or ');
  const beside = others.map(({ what }) => what).join('; ');
  const what =
    `${thing} was ${list(quietStates)} when nobody touched it last; it could be ${list(states)}, ` +
    `and then «${step.what}», with ${beside || 'nothing'} beside it`;
  return [{ what, about, during: { fromMs: quietMs, toMs: step.toMs } }];
}
