// Owns what can be measured, by name: each scenario prepares its shop and adds its rows to the table.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { measureDrain } from './backlog.ts';
import { type Figures, medianOf, type Row } from './figures.ts';
import { measureHttp } from './http-floor.ts';
import { measureIntake, type Timing } from './intake.ts';
import type { OrderKind } from './load.ts';
import { measureOverload } from './overload.ts';
import { explainReads } from './plans.ts';
import { measureRead, readsOf } from './reads.ts';
import { openReference, type Reference, runOnce } from './reference/reference.ts';
import { seedOldShop } from './seed.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';
import { query, type Stack } from './stack.ts';

export interface Bench {
  stack: Stack;
  timing: Timing;
  reference: Reference;
  /** The old shop, seeded when it is first asked for. */
  oldShop(): Promise<Shop>;
  add(row: Row): void;
}

export const scenarios: Record<string, (bench: Bench) => Promise<void>> = {
  http,
  turns,
  limits,
  spread: (bench) => climb(bench, 'spread'),
  hot: (bench) => climb(bench, 'hot'),
  overload,
  processes,
  messages,
  fresh,
  memory,
  old,
  reads,
};

async function http(bench: Bench): Promise<void> {
  await withShop(bench, {}, async (shop) => {
    for (const kind of ['node', 'fastify'] as const) {
      const figures = await measureHttp(bench.stack, shop, kind, 256, bench.timing);
      bench.add({ name: `nothing but HTTP, ${kind}`, figures });
    }
  });
}

async function climb(bench: Bench, kind: OrderKind): Promise<void> {
  await withShop(bench, {}, async (shop) => {
    for (const connections of [1, 64, 256, 1_024]) {
      const figures = await measureIntake(bench.stack, shop, kind, connections, bench.timing);
      bench.add({ name: kind, figures, bar: bench.reference[kind].perSecond });
    }
  });
}

/**
 * Two things by turns, run for run, so that a neighbour of this machine who comes or goes meets both. The ratio, of the
 * second to the first, is the median of the ratios.
 */
async function byTurns(
  { timing }: Bench,
  first: () => Promise<Figures>,
  second: () => Promise<Figures>,
): Promise<{ first: Figures; second: Figures; ratio: number }> {
  const [firsts, seconds]: [Figures[], Figures[]] = [[], []];
  for (let turn = 0; turn < 2 * timing.times + 1; turn += 1) {
    firsts.push(await first());
    seconds.push(await second());
  }
  const ratios = seconds.map((run, turn) => run.perSecond / (firsts[turn]?.perSecond ?? Number.NaN));
  const ratio = ratios.toSorted((a, b) => a - b)[timing.times] ?? Number.NaN;
  return { first: medianOf(firsts), second: medianOf(seconds), ratio };
}

const oneRun = (bench: Bench, shop: Shop, kind: OrderKind): Promise<Figures> =>
  measureIntake(bench.stack, shop, kind, 256, { ...bench.timing, times: 1 });

/** The reference and the service. */
async function turns(bench: Bench): Promise<void> {
  const { stack, timing, reference } = bench;
  const url = await openReference(stack, timing.seconds);
  await withShop(bench, {}, async (shop) => {
    for (const kind of ['spread', 'hot'] as const) {
      const { first, second, ratio } = await byTurns(
        bench,
        () => runOnce(stack, url, kind, reference[kind].connections, timing.seconds),
        () => oneRun(bench, shop, kind),
      );
      bench.add({ name: `reference, ${kind}, by turns`, figures: first, bar: first.perSecond });
      bench.add({ name: `${kind}, by turns`, figures: second, bar: second.perSecond / ratio });
    }
  });
  await stack.dropDatabase('reference');
}

/** So many that none places more in a run than a busy customer does in a day: it is these orders that are counted. */
const countedCustomers = 6_000;
/** All are on; one customer may order as often as this load does. */
const countingEnvironment = {
  ORDERS_PER_CUSTOMER: '1000',
  NUMBERS_PER_CUSTOMER: '5',
  REQUESTS_PER_CALLER: '3000',
  REQUESTS_PER_ADDRESS: '1200',
};

/** What counting orders, numbers and requests costs. */
async function limits(bench: Bench): Promise<void> {
  await withShop(bench, { customers: countedCustomers }, (uncounted) =>
    withShop(bench, { customers: countedCustomers, environment: countingEnvironment }, async (counted) => {
      const { first, second, ratio } = await byTurns(
        bench,
        () => oneRun(bench, uncounted, 'spread'),
        () => oneRun(bench, counted, 'spread'),
      );
      bench.add({ name: 'spread, limits off, by turns', figures: first, bar: first.perSecond });
      bench.add({ name: 'spread, limits on, × off', figures: second, bar: second.perSecond / ratio });
    }),
  );
}

async function overload(bench: Bench): Promise<void> {
  await withShop(bench, {}, async (shop) => {
    const figures = await measureOverload(bench.stack, shop, 4_096, bench.timing);
    bench.add({ name: 'spread, overload', figures, bar: bench.reference.spread.perSecond });
  });
}

async function processes(bench: Bench): Promise<void> {
  await withShop(bench, { processes: 2 }, async (shop) => {
    for (const kind of ['spread', 'hot'] as const) {
      const figures = await measureIntake(bench.stack, shop, kind, 256, bench.timing);
      bench.add({ name: `${kind}, two processes`, figures, bar: bench.reference[kind].perSecond });
    }
  });
}

/** The worker in the same process, as `npm start` has it: it gives way to a rush, and catches up after it. */
async function messages(bench: Bench): Promise<void> {
  await withShop(bench, { environment: { ROLE: 'all' } }, async (shop) => {
    const figures = await measureIntake(bench.stack, shop, 'spread', 256, bench.timing);
    bench.add({ name: 'spread, with the worker', figures, bar: bench.reference.spread.perSecond });
    bench.add({ name: 'orders announced after the rush', figures: await measureDrain(bench.stack, shop) });
  });
}

/** Autovacuum is off meanwhile, or it would analyse the fresh database in the middle of it. */
async function fresh(bench: Bench): Promise<void> {
  const autovacuum = async (setting: 'off' | 'on') => {
    await query(bench.stack.postgres.url, `alter system set autovacuum = ${setting}`);
    await query(bench.stack.postgres.url, 'select pg_reload_conf()');
  };
  await autovacuum('off');
  await withShop(bench, {}, async (shop) => {
    const bar = bench.reference.spread.perSecond;
    const measure = () => measureIntake(bench.stack, shop, 'spread', 256, bench.timing);
    bench.add({ name: 'spread, never analysed', figures: await measure(), bar });
    await query(shop.url, 'vacuum analyze');
    bench.add({ name: 'spread, just analysed', figures: await measure(), bar });
  });
  await autovacuum('on');
}

async function memory(bench: Bench): Promise<void> {
  await withShop(bench, {}, async (shop) => {
    const timing = { warmUpSeconds: 0, seconds: 20, times: 1 };
    for (let orders = 0; ; ) {
      const figures = await measureIntake(bench.stack, shop, 'spread', 256, timing);
      orders += figures.perSecond * timing.seconds;
      if (orders < 1_000_000) continue;
      return bench.add({ name: 'spread, after 1,000,000 orders', figures, bar: bench.reference.spread.perSecond });
    }
  });
}

async function old(bench: Bench): Promise<void> {
  const shop = await bench.oldShop();
  for (const kind of ['spread', 'hot'] as const) {
    const figures = await measureIntake(bench.stack, shop, kind, 256, bench.timing);
    bench.add({ name: `${kind}, on 5,000,000 orders`, figures, bar: bench.reference[kind].perSecond });
  }
}

const plansFile = path.resolve(import.meta.dirname, '../docs/query-plans.md');

async function reads(bench: Bench): Promise<void> {
  const shop = await bench.oldShop();
  for (const asked of await readsOf(shop)) {
    bench.add({ name: asked.name, figures: await measureRead(bench.stack, shop, asked, bench.timing) });
  }
  const { page, wholeTables } = await explainReads(shop.url);
  writeFileSync(
    plansFile,
    `# Query plans\n\nOf the statements behind reads, on 5,000,000 orders and 100,000 products. Written by \`npm run bench -- reads\`.\n\n${page}`,
  );
  if (wholeTables.length > 0) throw new Error(`tables are read whole by ${wholeTables.join(', ')}: see ${plansFile}`);
}

async function withShop(
  bench: Pick<Bench, 'stack'>,
  options: ShopOptions,
  work: (shop: Shop) => Promise<void>,
): Promise<void> {
  const shop = await openShop(bench.stack, options);
  await work(shop);
  await shop.close();
}

/** Those who are signed in have ordered, and a hundred times as many beside them. */
export async function openOldShop(stack: Stack): Promise<Shop> {
  const shop = await openShop(stack);
  await measureIntake(stack, shop, 'spread', 64, { warmUpSeconds: 0, seconds: 3, times: 1 });
  await seedOldShop(shop.url);
  return shop;
}
