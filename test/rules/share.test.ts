// Owns the facts about shares: how much of one kind of work is under way at once.

import { expect, test } from 'vitest';
import { Problem } from '../../src/platform/problem.ts';
import { createShare } from '../../src/platform/share.ts';

const options = { atOnce: 2, waiting: 3, patienceMs: 60_000, refusal: 'Too many are reading.' };

function createWork() {
  const ends: (() => void)[] = [];
  let underWay = 0;
  let most = 0;
  const work = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise<void>((resolve) => ends.push(resolve));
    underWay -= 1;
  };
  return { work, endOne: () => ends.shift()?.(), most: () => most, begun: () => ends.length };
}

const nextTurn = () => new Promise(setImmediate);

test('so much is under way, the next wait in their order, and whoever comes then is refused at once', async () => {
  const share = createShare(options);
  const { work, endOne, most, begun } = createWork();
  const ended: number[] = [];
  const all = [0, 1, 2, 3, 4].map((each) => share(work).then(() => ended.push(each)));
  const refused: unknown = await share(work).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Problem);
  expect(refused).toMatchObject({ type: { status: 503 }, headers: { 'retry-after': '1' } });
  expect(begun()).toBe(2);
  for (const _ of all) {
    endOne();
    await nextTurn();
  }
  await Promise.all(all);
  expect(ended).toEqual([0, 1, 2, 3, 4]);
  expect(most()).toBe(2);
});

test('who has waited too long is refused, and takes nobody’s place', async () => {
  const share = createShare({ ...options, atOnce: 1, patienceMs: 1 });
  const { work, endOne } = createWork();
  const first = share(work);
  await expect(share(work)).rejects.toMatchObject({ type: { status: 503 } });
  endOne();
  await first;
  expect(await share(async () => 'served')).toBe('served');
});

test('work that fails gives its place back', async () => {
  const share = createShare({ ...options, atOnce: 1 });
  await expect(share(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await share(async () => 'served')).toBe('served');
});
