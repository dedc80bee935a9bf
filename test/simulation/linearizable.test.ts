// Owns the facts about the checker: it lets pass what one after the other explains, and finds what nothing explains.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/chance.ts';
import { findStuck, type Step, TooMuchPossible } from './linearizable.ts';

const set = (to: number, fromMs: number, toMs: number, isOptional = false): Step<number> => ({
  what: `set ${to}`,
  fromMs,
  toMs,
  isOptional,
  apply: () => to,
});
const saw = (value: number, fromMs: number, toMs: number): Step<number> => ({
  what: `saw ${value}`,
  fromMs,
  toMs,
  apply: (state) => (state === value ? state : undefined),
});
const take = (fromMs: number, toMs: number): Step<number> => ({
  what: 'take 1',
  fromMs,
  toMs,
  apply: (state) => (state > 0 ? state - 1 : undefined),
});

describe('what one after the other explains passes', () => {
  test.each<[string, Step<number>[]]>([
    ['one after the other', [set(1, 0, 1), saw(1, 2, 3)]],
    ['a read during a write, of either', [set(1, 0, 10), saw(0, 1, 2), saw(1, 3, 4)]],
    ['two writes at once, in either order', [set(1, 0, 10), set(2, 0, 10), saw(1, 11, 12)]],
    ['a write that nobody heard of, much later', [set(1, 0, Infinity), saw(0, 5, 6), saw(1, 7, 8)]],
    ['a write that may not have been', [set(1, 0, 3, true), saw(0, 5, 6)]],
    ['a write that may have been', [set(1, 0, 3, true), saw(1, 5, 6)]],
    ['ends that meet', [set(1, 0, 5), saw(0, 5, 6)]],
  ])('%s', (_what, steps) => {
    expect(findStuck(0, steps)).toBeUndefined();
  });
});

describe('what nothing explains is found', () => {
  test.each<[string, Step<number>[], string]>([
    ['a read of the past', [set(1, 0, 1), saw(0, 2, 3)], 'saw 0'],
    ['a read of what was never written', [set(1, 0, 5), saw(2, 1, 4)], 'saw 2'],
    ['new, then old', [set(1, 0, 10), saw(1, 1, 2), saw(0, 3, 4)], 'saw 0'],
    ['an optional write, seen and gone', [set(1, 0, 3, true), saw(1, 4, 5), saw(0, 6, 7)], 'saw 0'],
    [
      'a write that ended and was not seen, whatever else was under way',
      [set(2, 0, 20), set(1, 0, 1), saw(0, 2, 3)],
      'saw 0',
    ],
  ])('%s', (_what, steps, stuckAt) => {
    expect(findStuck(0, steps)?.step.what).toBe(stuckAt);
  });

  test('the last one sold to two at once', () => {
    expect(findStuck(1, [take(0, 10), take(1, 9)])).toMatchObject({ step: { what: 'take 1' }, states: [0] });
  });
});

test('what happened one after the other passes with its ends drawn apart, and fails with one read changed', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 50; round += 1) {
    let [value, wrong] = [50, 0];
    const steps = Array.from({ length: 60 }, (_, at): Step<number> => {
      const [fromMs, toMs] = [at - 4 * random(), at + 4 * random()];
      if (random() < 0.5) return { ...saw(value, fromMs, toMs), isLook: true };
      value -= 1;
      return { ...take(fromMs, toMs), effect: 'take' };
    });
    expect(findStuck(50, steps)).toBeUndefined();
    wrong = value - 1;
    expect(findStuck(50, [...steps, saw(wrong, 100, 101)])?.step.what).toBe(`saw ${wrong}`);
  }
});

test('it says so where too much is possible to tell', () => {
  const many = Array.from(
    { length: 30 },
    (_, index): Step<number> => ({
      ...set(index, 0, 100 + index),
      apply: (state) => state * 31 + index,
    }),
  );
  expect(() => findStuck(0, many, 1_000)).toThrow(TooMuchPossible);
});
