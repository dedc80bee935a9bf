// Owns the fact that nothing is lost, doubled or oversold while processes, PostgreSQL and the way to it go down under load.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ground, prepareGround } from './storm.ts';
import { sumUp, torture } from './torture.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await prepareGround(false);
}, 60_000);

afterAll(() => ground?.stop());

test('what was promised holds while processes and PostgreSQL are killed, and connections, gateway and mail fail', async () => {
  const seed = Number(process.env['SIMULATION_SEED'] ?? randomInt(2 ** 31));
  const figures = await torture({
    seed,
    ground,
    apis: 2,
    workers: 1,
    customers: 6,
    staff: 2,
    ordersADay: 50,
    isOver: () => true,
    only: [
      'kill -9 of an API process',
      'kill -9 of a worker',
      'kill -9 of PostgreSQL',
      'connections to the database cut',
      'connections to the database stalled',
      'disk full',
      'the SMS gateway fails and loses answers',
      'the SMS gateway is slow',
      'the mail server refuses, fails or is slow',
      'a poisoned job',
    ],
    holdMs: 400,
    pauseMs: 100,
    isImpatient: true,
    eveningKills: 1,
    log: () => undefined,
  });
  expect(figures.violations, `seed ${seed}: ${sumUp(figures)}`).toEqual([]);
  expect(figures.struck.length).toBeGreaterThanOrEqual(10);
  expect(figures.orders).toBeGreaterThan(20);
}, 120_000);
