// Owns the question whether what many did to one thing at once could have been done one after the other, each within its time.

/** Something done to the thing, at one moment between its ends. */
export interface Step<State> {
  /** For whoever reads a failure. */
  what: string;
  fromMs: number;
  toMs: number;
  /** Nobody knows whether it was done at all. */
  isOptional?: boolean;
  /** It changes nothing: it only saw. */
  isLook?: boolean;
  /** Steps of one effect can stand in for each other, as two that take 1 can. */
  effect?: string;
  /** What the thing is after it; undefined where it can't be done, or seen, as the thing is. */
  apply(state: State): State | undefined;
}

/** Where no order of the steps explains what was seen. */
export interface Stuck<State> {
  /** The step that cannot have been done by its end. */
  step: Step<State>;
  /** What else was under way then. */
  others: Step<State>[];
  /** What the thing can have been before, as far as the others allow. */
  states: State[];
  /** The last time before at which nothing was under way, and what it can have been then. */
  quietMs: number;
  quietStates: State[];
}

interface Possible<State> {
  state: State;
  /** Steps that are under way, and done already. */
  done: ReadonlySet<number>;
}

/** Too many did too much at once for all of it to be kept: nobody can say whether there is an order. */
export class TooMuchPossible extends Error {
  override name = 'TooMuchPossible';
}

/**
 * Walks through time and keeps all that is possible: when a step ends, it has been done, alone or after others that were
 * under way (just-in-time linearization: G. Lowe, Testing for linearizability, 2017, after J. M. Wing and C. Gong, 1993).
 * @returns undefined where there is an order
 * @throws TooMuchPossible
 */
export function findStuck<State extends string | number | null>(
  first: State,
  steps: readonly Step<State>[],
  maxPossible = 200_000,
): Stuck<State> | undefined {
  const events = steps.flatMap(({ fromMs, toMs }, index) => [
    { atMs: fromMs, index, isEnd: false },
    ...(Number.isFinite(toMs) ? [{ atMs: toMs, index, isEnd: true }] : []),
  ]);
  // Where one ends at the moment that another begins, they meet.
  events.sort((a, b) => a.atMs - b.atMs || Number(a.isEnd) - Number(b.isEnd));
  const open = new Set<number>();
  let possible: Possible<State>[] = [{ state: first, done: new Set() }];
  let [quietMs, quiet] = [0, possible];
  for (const { atMs, index, isEnd } of events) {
    if (!isEnd) {
      if ([...open].every((each) => steps[each]?.isOptional)) [quietMs, quiet] = [atMs, possible];
      open.add(index);
      continue;
    }
    const step = steps[index] as Step<State>;
    const before = possible;
    possible = distinct(reach(possible, steps, open, index, maxPossible), index);
    open.delete(index);
    if (possible.length > 0) continue;
    const others = [...open].map((each) => steps[each] as Step<State>);
    return { step, others, states: statesOf(before), quietMs, quietStates: statesOf(quiet) };
  }
  return undefined;
}

const statesOf = <State>(possible: readonly Possible<State>[]): State[] => [
  ...new Set(possible.map(({ state }) => state)),
];

/** All that can be once the step is done; where it is optional, also all that can be without it. */
function reach<State extends string | number | null>(
  from: readonly Possible<State>[],
  steps: readonly Step<State>[],
  open: ReadonlySet<number>,
  ending: number,
  maxPossible: number,
): Possible<State>[] {
  const reached: Possible<State>[] = [];
  const seen = new Set<string>();
  const stack = [...from];
  const isOptional = steps[ending]?.isOptional === true;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const each = look(next, steps, open);
    const key = keyOf(each);
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > maxPossible) throw new TooMuchPossible();
    const isDone = each.done.has(ending);
    if (isDone || isOptional) reached.push(each);
    if (isDone) continue;
    for (const index of choices(each, steps, open)) {
      const state = steps[index]?.apply(each.state);
      if (state !== undefined) stack.push({ state, done: new Set([...each.done, index]) });
    }
  }
  return reached;
}

/** Whoever looks, and may have seen what is there now, has: to wait would help nobody. */
function look<State>(each: Possible<State>, steps: readonly Step<State>[], open: ReadonlySet<number>): Possible<State> {
  const looked = [...open].filter((index) => {
    const step = steps[index] as Step<State>;
    return step.isLook && !each.done.has(index) && step.apply(each.state) !== undefined;
  });
  return looked.length === 0 ? each : { state: each.state, done: new Set([...each.done, ...looked]) };
}

/** What could be done next. Of those with one effect, the one that has to be done first: any other could as well be it. */
function choices<State>(each: Possible<State>, steps: readonly Step<State>[], open: ReadonlySet<number>): number[] {
  const byEffect = new Map<string, number>();
  const all: number[] = [];
  for (const index of open) {
    const { isLook, effect, isOptional, toMs } = steps[index] as Step<State>;
    if (isLook || each.done.has(index)) continue;
    if (effect === undefined) {
      all.push(index);
      continue;
    }
    const key = `${effect} ${isOptional}`;
    const other = byEffect.get(key);
    if (other === undefined || (steps[other] as Step<State>).toMs > toMs) byEffect.set(key, index);
  }
  return [...all, ...byEffect.values()];
}

const keyOf = <State>({ state, done }: Possible<State>): string =>
  `${String(state)} ${[...done].toSorted((a, b) => a - b).join(' ')}`;

/** The step is over: whether it was done is in the state alone. */
function distinct<State>(all: readonly Possible<State>[], over: number): Possible<State>[] {
  const byKey = new Map<string, Possible<State>>();
  for (const { state, done } of all) {
    const rest = new Set(done);
    rest.delete(over);
    const each = { state, done: rest };
    byKey.set(keyOf(each), each);
  }
  return [...byKey.values()];
}
