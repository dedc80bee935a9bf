// Owns the measuring of lists with and without a replica: what the service and each server work for a thousand of them.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Server, startServer } from '../test/support/cluster.ts';
import { type Fleet, startFleet } from '../test/support/fleet.ts';
import { ownCpuMs, treeCpuMs } from './cpu.ts';
import { gatherCrowd } from './crowd.ts';
import { read } from './load.ts';

const fillSeconds = 3;
const warmUpSeconds = 2;
const seconds = 6;
const connections = 16;

const pidOf = ({ data }: Server): number =>
  Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);

async function measure(fleet: Fleet, servers: Server[], name: string): Promise<void> {
  const [api] = fleet.apis;
  if (!api) throw new Error('no process was started');
  const shop = { services: [{ port: api.port, pid: api.child.pid as number, stop: () => Promise.resolve() }] };
  const staff = await fleet.tokenFor('staff');
  const cpuMs = () => [ownCpuMs(api.child.pid as number), ...servers.map((server) => treeCpuMs(pidOf(server)))];
  for (const limit of [50, 5]) {
    const ask = (time: number) => read(shop, staff, [`/api/v1/orders/?limit=${limit}`], { connections, seconds: time });
    await ask(warmUpSeconds);
    const before = cpuMs();
    const load = await ask(seconds);
    const [service, primary, standby] = cpuMs().map((after, index) => {
      const perThousand = ((after - (before[index] ?? 0)) / load.accepted) * 1_000;
      return Math.round(perThousand);
    });
    process.stdout.write(
      `${limit} orders, ${name}: ${Math.round(load.accepted / load.seconds)} a second, p50 ${load.p50Ms.toFixed(1)} ms, p99 ${load.p99Ms.toFixed(1)} ms; ` +
        `CPU ms per 1,000: service ${service}, primary ${primary}, standby ${standby}\n`,
    );
  }
}

async function fill(fleet: Fleet): Promise<void> {
  const urls = fleet.apis.map((api) => api.url);
  const products = (await (await fetch(`${urls[0]}/api/v1/products/`)).json()) as { id: string }[];
  const customer = { token: await fleet.tokenFor('wanjiku'), phone: '+254712345678' };
  const crowd = gatherCrowd({
    urls,
    customers: Array.from({ length: 16 }, () => customer),
    staff: [],
    products: products.map(({ id }) => id),
    random: Math.random,
  });
  await delay(fillSeconds * 1_000);
  await crowd.end();
}

const primary = await startServer();
const standby = await primary.addStandby();
try {
  for (const url of [undefined, standby.url]) {
    const environment = url === undefined ? {} : { DATABASE_REPLICA_URL: url };
    const fleet = await startFleet({ databaseUrl: primary.url, apis: 1, workers: 0, environment });
    try {
      await fill(fleet);
      await measure(fleet, [primary, standby], url === undefined ? 'without a replica' : 'with a replica');
    } finally {
      await fleet.stop();
    }
  }
} finally {
  await standby.stop();
  await primary.stop();
}
