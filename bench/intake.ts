// Owns the measuring of order intake: a load, what it cost, and the count that proves it.

import { countSince, markOf } from './counting.ts';
import { ownCpuMs, residentMb, treeCpuMs } from './cpu.ts';
import { type Figures, medianOf } from './figures.ts';
import { type Load, type OrderKind, placeOrders } from './load.ts';
import type { Shop } from './shop.ts';
import { query, type Stack } from './stack.ts';

export interface Timing {
  warmUpSeconds: number;
  seconds: number;
  times: number;
}

/** What a stretch of work cost, by those who did it. */
export async function withCost(
  stack: Stack,
  shop: Shop,
  work: () => Promise<Load>,
): Promise<{ load: Load; serviceCpuMs: number; postgresCpuMs: number; walBytes: number }> {
  const service = () => shop.services.reduce((total, { pid }) => total + ownCpuMs(pid), 0);
  const written = async () => {
    const [row] = await query<{ bytes: string }>(shop.url, `select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`);
    return Number(row?.bytes);
  };
  const walBefore = await written();
  const before = { service: service(), postgres: treeCpuMs(stack.postgres.pid) };
  const load = await work();
  return {
    load,
    serviceCpuMs: service() - before.service,
    postgresCpuMs: treeCpuMs(stack.postgres.pid) - before.postgres,
    walBytes: (await written()) - walBefore,
  };
}

export function figuresOf(
  shop: Shop,
  connections: number,
  { load, serviceCpuMs, postgresCpuMs, walBytes }: Awaited<ReturnType<typeof withCost>>,
): Figures {
  const thousands = (load.accepted + load.refused) / 1000;
  return {
    connections,
    perSecond: load.accepted / load.seconds,
    p50Ms: load.p50Ms,
    p95Ms: load.p95Ms,
    p99Ms: load.p99Ms,
    serviceCpuMs: serviceCpuMs / thousands,
    postgresCpuMs: postgresCpuMs / thousands,
    generatorCpuMs: load.cpuMs / thousands,
    walBytes: walBytes / thousands / 1000,
    refused: load.refused,
    serviceMb: Math.max(...shop.services.map(({ pid }) => residentMb(pid))),
  };
}

/**
 * Medians of several runs after a warm-up of each. Every order of every run is counted.
 * @throws when a count doesn't fit, or an order was not accepted
 */
export async function measureIntake(
  stack: Stack,
  shop: Shop,
  kind: OrderKind,
  connections: number,
  { warmUpSeconds, seconds, times }: Timing,
): Promise<Figures> {
  const runs: Figures[] = [];
  for (let time = 0; time < times; time += 1) {
    if (warmUpSeconds > 0)
      await countedLoad(shop, connections, () => placeOrders(shop, kind, { connections, seconds: warmUpSeconds }));
    let cost: Awaited<ReturnType<typeof withCost>> | undefined;
    const { orders, groups } = await countedLoad(shop, connections, async () => {
      cost = await withCost(stack, shop, () => placeOrders(shop, kind, { connections, seconds }));
      return cost.load;
    });
    runs.push({ ...figuresOf(shop, connections, cost as NonNullable<typeof cost>), groupSize: orders / groups });
  }
  return medianOf(runs);
}

async function countedLoad(shop: Shop, connections: number, work: () => Promise<Load>) {
  const mark = await markOf(shop.url);
  const load = await work();
  if (load.refused > 0 || load.socketErrors > 0) {
    throw new Error(
      `${load.refused} orders were refused and ${load.socketErrors} connections broke at ${connections} connections`,
    );
  }
  return countSince(shop.url, mark, load.accepted, connections);
}
