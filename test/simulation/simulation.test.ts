// Owns the fact that what many do at once to several services on one database is what the model of the shop allows.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/service.ts';
import { type Day, liveThroughDay } from './day.ts';
import { facts, findViolations } from './model.ts';
import { type OpenSite, openSite } from './site.ts';
import { lies } from './tampering.ts';
import { tell } from './telling.ts';

const seed = Number(process.env['SIMULATION_SEED'] ?? randomInt(2 ** 31));
let site: OpenSite;
let day: Day;

beforeAll(async () => {
  site = await openSite(await createTestDatabase(), 2, seed);
  day = await liveThroughDay({
    site,
    world: site.world,
    seed,
    orders: 200,
    customers: 12,
    staff: 4,
    isStormy: false,
    isImpatient: true,
  });
}, 120_000);

afterAll(() => site?.stop());

test('200 orders and all that goes with them, at two services at once, are as the model has it', () => {
  expect(day.violations, tell(day, seed)).toEqual([]);
  expect(day.end.orders.length).toBeGreaterThan(50);
});

test.each(facts)('it would have been seen if it were not so that $name', ({ name }) => {
  const lie = Object.entries(lies).find(([words]) => name.startsWith(words))?.[1];
  if (!lie) throw new Error('a new fact needs a lie in tampering.ts');
  const world = structuredClone({ calls: day.calls, end: day.end });
  lie(world);
  expect(findViolations(world).map(({ fact }) => fact)).toContain(name);
});
