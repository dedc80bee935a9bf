// Owns `npm run torture`: faults under load for as long, or for as many orders, as asked for.

import { parseArgs } from 'node:util';
import { prepareGround } from './storm.ts';
import { sumUp, torture } from './torture.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    orders: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    processes: { type: 'string', default: '2' },
  },
});
const [minutes, orders] = [
  Number(values.minutes ?? (values.orders === undefined ? 1 : 1e9)),
  Number(values.orders ?? 1e12),
];
const [seed, processes] = [Number(values.seed), Number(values.processes)];
if (![minutes, orders, seed, processes].every((value) => value >= 0)) {
  process.stderr.write('Usage: npm run torture -- [--minutes 1 | --orders N] [--seed N] [--processes 2]\n');
  process.exit(2);
}
const log = (line: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

log(`seed ${seed}`);
const ground = await prepareGround(true);
try {
  const endMs = performance.now() + minutes * 60_000;
  const figures = await torture({
    seed,
    ground,
    apis: processes,
    workers: 2,
    customers: 20,
    staff: 5,
    ordersADay: 10_000,
    isOver: (placed) => placed >= orders || performance.now() >= endMs,
    holdMs: 4_000,
    pauseMs: 3_000,
    isImpatient: false,
    eveningKills: 5,
    log,
  });
  process.stdout.write(`seed ${seed}: ${sumUp(figures)}\n`);
  process.exitCode = figures.violations.length === 0 ? 0 : 1;
} finally {
  await ground.stop();
}
