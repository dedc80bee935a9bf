// Owns `npm run bench`: the scenarios by name, in order, and the table at the end. See docs/performance.md.

import os from 'node:os';
import { type Row, table } from './figures.ts';
import { measureIntake, type Timing } from './intake.ts';
import { endLoad, loadGenerator, type OrderKind } from './load.ts';
import { measureReference, type Reference, referenceClient } from './reference/reference.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';
import { type Stack, startStack } from './stack.ts';

interface Bench {
  stack: Stack;
  timing: Timing;
  reference: Reference;
  add(row: Row): void;
}

const scenarios: Record<string, (bench: Bench) => Promise<void>> = {
  spread: (bench) => climb(bench, 'spread'),
  hot: (bench) => climb(bench, 'hot'),
};

async function climb(bench: Bench, kind: OrderKind): Promise<void> {
  await withShop(bench.stack, {}, async (shop) => {
    for (const connections of [1, 64, 256, 1_024]) {
      const figures = await measureIntake(bench.stack, shop, kind, connections, bench.timing);
      bench.add({ name: kind, figures, bar: bench.reference[kind].perSecond });
    }
  });
}

async function withShop(stack: Stack, options: ShopOptions, work: (shop: Shop) => Promise<void>): Promise<void> {
  const shop = await openShop(stack, options);
  await work(shop);
  await shop.close();
}

async function run(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in scenarios));
  if (unknown.length > 0)
    throw new Error(`no scenario ${unknown.join(', ')}: there are ${Object.keys(scenarios).join(', ')}`);
  const seconds = Number(process.env['BENCH_SECONDS'] ?? 6);
  const timing = { warmUpSeconds: 2, seconds, times: 3 };
  const stack = await startStack();
  const end = async () => {
    await endLoad();
    await stack.end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().then(() => process.exit(130)));
  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    process.stderr.write(`${table([row]).split('\n').at(-1)}   load ${os.loadavg()[0]?.toFixed(1)}\n`);
  };
  try {
    const reference = await measureReference(stack, seconds, timing.times);
    add({ name: `reference, spread (${referenceClient})`, figures: reference.spread, bar: reference.spread.perSecond });
    add({ name: 'reference, hot', figures: reference.hot, bar: reference.hot.perSecond });
    add({ name: 'reference, spread, alone', figures: reference.lone });
    for (const name of names.length > 0 ? names : Object.keys(scenarios)) {
      await scenarios[name]?.({ stack, timing, reference, add });
    }
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  const cpu = os.cpus();
  process.stdout.write(
    `\n${cpu.length} × ${cpu[0]?.model}, Node ${process.version}, load from ${loadGenerator}, ${timing.times} × ${seconds} s\n\n${table(rows)}\n`,
  );
  await end();
}

await run(process.argv.slice(2));
