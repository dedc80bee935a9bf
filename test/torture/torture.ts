// Owns what the torture tests share: how long they last, and chance that can be had again.

import { randomInt } from 'node:crypto';

/** True in `npm run torture`, which has the machine to itself. */
export const isLong = process.env['TORTURE_SECONDS'] !== undefined;

/** Of each phase: a moment in `npm test`, as long as asked for in `npm run torture -- --seconds N`. */
export const phaseSeconds = (short: number): number => Number(process.env['TORTURE_SECONDS'] ?? short);

/** What chance begins with: `npm run torture -- --seed N`. The processes and the clock do as they please all the same. */
export const seed = Number(process.env['TORTURE_SEED'] ?? randomInt(2 ** 31));

/** Figures for whoever watches. */
export const say = (text: string): void => void process.stdout.write(`    ${text}\n`);

/** The longest time without an acknowledged order that touches the time from `fromMs` on. */
export function longestGapMs(acknowledgedMs: readonly number[], fromMs: number): number {
  const times = [...acknowledgedMs].toSorted((a, b) => a - b);
  const first = Math.max(times.findIndex((time) => time >= fromMs) - 1, 0);
  return Math.max(...times.slice(first).map((time, index, rest) => (rest[index + 1] ?? time) - time));
}
