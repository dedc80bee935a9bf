// Owns the fact that a bad day loses no message and doubles none unmarked. `npm run torture:messages` is a whole bad day.

import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/service.ts';
import { liveThroughBadDay } from './bad-day.ts';
import { isLong, say, seed } from './torture.ts';

test('while the gateway fails, mail restarts and workers are killed, each message arrives once or is marked', async () => {
  const { wrong, ...counts } = await liveThroughBadDay({
    databaseUrl: await createTestDatabase(),
    seed,
    orders: isLong ? 1_000 : 150,
    workers: 1,
    killEveryMs: 2_000,
    mailRestartEveryMs: 3_000,
    impatient: true,
    timeoutMs: 120_000,
    log: () => undefined,
  });
  if (isLong) say(JSON.stringify(counts));
  expect(wrong, JSON.stringify(counts)).toEqual([]);
  expect(counts.kills).toBeGreaterThan(0);
  expect(Object.keys(counts.gateway).length).toBeGreaterThan(5);
}, 180_000);
