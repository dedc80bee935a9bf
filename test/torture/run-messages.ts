// Owns `npm run torture:messages`: 10,000 orders on a bad day, on a PostgreSQL of its own, with the counts and the seed at the end.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { liveThroughBadDay } from './bad-day.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    minutes: { type: 'string', default: '30' },
  },
});
const log = (line: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-torture-'));
const postgres = await startLocalPostgres(folder);
try {
  await migrate(postgres.url, await readMigrations('migrations'));
  log(`seed ${values.seed}`);
  const counts = await liveThroughBadDay({
    databaseUrl: postgres.url,
    seed: Number(values.seed),
    orders: Number(values.orders),
    workers: 2,
    killEveryMs: 8_000,
    mailRestartEveryMs: 10_000,
    impatient: false,
    timeoutMs: Number(values.minutes) * 60_000,
    log,
  });
  const { wrong, ...rest } = counts;
  process.stdout.write(`${JSON.stringify(rest, null, 2)}\n`);
  for (const each of wrong.slice(0, 50)) process.stdout.write(`${each}\n`);
  process.stdout.write(
    wrong.length === 0 ? 'Nothing is lost and nothing is doubled unmarked.\n' : `${wrong.length} wrong.\n`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
