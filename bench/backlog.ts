// Owns the measuring of what follows from orders: how fast the backlog of announcements becomes messages once the rush is over.

import { setTimeout as delay } from 'node:timers/promises';
import { ownCpuMs, residentMb, treeCpuMs } from './cpu.ts';
import type { Figures } from './figures.ts';
import type { Shop } from './shop.ts';
import { query, type Stack } from './stack.ts';

const drainTimeoutMs = 120_000;

/** `perSecond` is orders whose messages were written down. @throws when a job failed, or the backlog stays too long */
export async function measureDrain(stack: Stack, shop: Shop): Promise<Figures> {
  const service = () => shop.services.reduce((total, { pid }) => total + ownCpuMs(pid), 0);
  const before = {
    orders: await ordersToAnnounce(shop.url),
    service: service(),
    postgres: treeCpuMs(stack.postgres.pid),
  };
  const startedMs = performance.now();
  for (let left = before.orders; left > 0; left = await ordersToAnnounce(shop.url)) {
    if (performance.now() - startedMs > drainTimeoutMs) throw new Error(`${left} orders are still to be announced`);
    await delay(100);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const thousands = before.orders / 1000;
  return {
    connections: 0,
    perSecond: before.orders / seconds,
    p50Ms: Number.NaN,
    p95Ms: Number.NaN,
    p99Ms: Number.NaN,
    serviceCpuMs: (service() - before.service) / thousands,
    postgresCpuMs: (treeCpuMs(stack.postgres.pid) - before.postgres) / thousands,
    generatorCpuMs: 0,
    serviceMb: Math.max(...shop.services.map(({ pid }) => residentMb(pid))),
  };
}

async function ordersToAnnounce(url: string): Promise<number> {
  const [row] = await query<{ failed: string; orders: string }>(
    url,
    `select count(*) filter (where attempts > 0) as failed, coalesce(sum(jsonb_array_length(payload->'orders')), 0) as orders
    from jobs where kind = 'orders-changed'`,
  );
  if (Number(row?.failed) > 0) throw new Error(`${row?.failed} announcements failed`);
  return Number(row?.orders);
}
