// Owns `npm run simulate`: a day of many orders at several processes, on a PostgreSQL of its own, judged by the model.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import { callbacks, startFleet } from '../support/fleet.ts';
import { liveThroughDay } from './day.ts';
import { countCalls, tell } from './telling.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    processes: { type: 'string', default: '2' },
  },
});
const [orders, seed, processes] = [Number(values.orders), Number(values.seed), Number(values.processes)];
if (![orders, seed, processes].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  process.stderr.write('Usage: npm run simulate -- [--orders 5000] [--seed N] [--processes 2]\n');
  process.exit(2);
}
const log = (line: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

log(`seed ${seed}`);
const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-simulation-'));
const postgres = await startLocalPostgres(folder);
try {
  const fleet = await startFleet({ databaseUrl: postgres.url, apis: processes, workers: 1 });
  try {
    const site = {
      urls: fleet.apis.map(({ url }) => url),
      callbacks,
      databaseUrl: postgres.url,
      tokenFor: fleet.tokenFor,
    };
    const options = { customers: 16, staff: 5, isStormy: false, isImpatient: false, log };
    const day = await liveThroughDay({ site, world: fleet.world, seed, orders, ...options });
    process.stdout.write(
      `${countCalls(day.calls)}\n${day.end.orders.length} orders, ${day.end.messages.length} messages\n`,
    );
    process.stdout.write(`${tell(day, seed)}\n`);
    process.exitCode = day.violations.length === 0 ? 0 : 1;
  } finally {
    await fleet.stop();
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
