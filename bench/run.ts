// Owns `npm run bench`: the scenarios that were asked for, in order, and the table at the end. See docs/performance.md.

import os from 'node:os';
import { parseArgs } from 'node:util';
import { type Row, table } from './figures.ts';
import { endLoad, loadGenerator } from './load.ts';
import { measureReference, type Reference, referenceClient } from './reference/reference.ts';
import { type Bench, openOldShop, scenarios } from './scenarios.ts';
import type { Shop } from './shop.ts';
import { type Stack, startStack } from './stack.ts';

const warmUpSeconds = 2;

interface Asked {
  /** Names of scenarios. */
  names: string[];
  /** Of each run. */
  seconds: number;
  times: number;
}

function readArguments(): Asked {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '6' }, times: { type: 'string', default: '3' } },
  });
  const known = Object.keys(scenarios);
  const [seconds, times] = [Number(values.seconds), Number(values.times)];
  if (positionals.some((name) => !known.includes(name)) || !(seconds >= 1) || !(times >= 1)) {
    throw new Error(`npm run bench -- [--seconds 6] [--times 3] [${known.join('] [')}]`);
  }
  return { names: positionals.length > 0 ? positionals : known, seconds, times };
}

async function run({ names, seconds, times }: Asked): Promise<void> {
  const stack = await startStack();
  const end = async () => {
    await endLoad();
    await stack.end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(130)));
  }
  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    // How busy the machine is besides tells which figures to believe.
    process.stderr.write(`${table([row]).split('\n').at(-1)} load ${os.loadavg()[0]?.toFixed(1)}\n`);
  };
  let oldShop: Promise<Shop> | undefined;
  try {
    const reference = await measureReference(stack, seconds, times);
    addReference(reference, add);
    const bench: Bench = {
      stack,
      timing: { warmUpSeconds, seconds, times },
      reference,
      oldShop: () => (oldShop ??= openOldShop(stack)),
      add,
    };
    for (const name of names) await scenarios[name]?.(bench);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  } finally {
    process.stdout.write(`${describe(stack, seconds, times)}\n\n${table(rows)}\n`);
    await end();
  }
}

function addReference(reference: Reference, add: (row: Row) => void): void {
  const { spread, hot, lone } = reference;
  add({ name: 'reference, spread', figures: spread, bar: spread.perSecond });
  add({ name: 'reference, hot', figures: hot, bar: hot.perSecond });
  add({ name: 'reference, spread, alone', figures: lone, bar: spread.perSecond });
}

function describe({ version }: Stack, seconds: number, times: number): string {
  const cpus = os.cpus();
  const runs = `Medians of ${times} runs of ${seconds} s; load from ${loadGenerator}, reference from ${referenceClient}.`;
  return `${cpus.length} × ${cpus[0]?.model.trim()}, Node ${process.version}, PostgreSQL ${version}. ${runs}`;
}

await run(readArguments());
