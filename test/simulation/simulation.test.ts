// Owns the fact that what many do at once to several services on one database is what the model of the shop allows.

import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/service.ts';
import { liveThroughDay } from './day.ts';
import { openSite } from './site.ts';
import { tell } from './telling.ts';

test('orders with all that goes with them, at two services at once, are as the model has it', async () => {
  const seed = Number(process.env['SIMULATION_SEED'] ?? randomInt(2 ** 31));
  const site = await openSite(await createTestDatabase(), 2, seed);
  try {
    const day = await liveThroughDay({
      site,
      world: site.world,
      seed,
      orders: 200,
      customers: 12,
      staff: 4,
      isStormy: false,
      isImpatient: true,
    });
    expect(day.violations, tell(day, seed)).toEqual([]);
    expect(day.end.orders.length).toBeGreaterThan(50);
  } finally {
    await site.stop();
  }
}, 120_000);
