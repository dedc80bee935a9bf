// Owns chance that can be had again: numbers that follow from a seed.

/** 0 to 1 (mulberry32, Tommy Ettinger's, public domain). */
export function seededRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Dice {
  /** True so often, 0 to 1. */
  hits(share: number): boolean;
  /** From 0 up, below `end`. */
  below(end: number): number;
  oneOf<T>(list: readonly T[]): T;
  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
}

export function createDice(seed: number): Dice {
  const random = seededRandom(seed);
  const below = (end: number) => Math.floor(random() * end);
  return {
    hits: (share) => random() < share,
    below,
    oneOf: (list) => list[below(list.length)] as never,
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[];
      let left = random() * names.reduce((sum, name) => sum + weights[name], 0);
      return names.find((name) => (left -= weights[name]) < 0) ?? (names[0] as never);
    },
  };
}
