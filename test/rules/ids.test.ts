// Owns the facts about identifiers.

import { expect, test } from 'vitest';
import { createIds, earliestId, uuidPattern } from '../../src/platform/ids.ts';

test('are UUIDv7 of the time they were made for', () => {
  const newId = createIds();
  for (const time of [new Date(), new Date(0), new Date('2038-01-19T03:14:08.123Z')]) {
    const id = newId(time);
    expect(id).toMatch(uuidPattern);
    expect(id).toMatch(/^.{14}7.{4}[89ab]/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(time.getTime());
  }
});

test('go up within a millisecond, and no two are the same', () => {
  const newId = createIds();
  const now = new Date();
  const ids = Array.from({ length: 20_000 }, () => newId(now));
  expect(new Set(ids).size).toBe(ids.length);
  const turns = ids.filter((id, index) => index > 0 && id < (ids[index - 1] ?? ''));
  // The count may pass its end once.
  expect(turns.length).toBeLessThanOrEqual(1);
  expect(ids.every((id) => id >= earliestId(now))).toBe(true);
});

test('of two processes at the same moment differ', () => {
  const now = new Date();
  const [one, two] = [createIds(), createIds()];
  const ids = Array.from({ length: 1_000 }, () => [one(now), two(now)]).flat();
  expect(new Set(ids).size).toBe(2_000);
});
