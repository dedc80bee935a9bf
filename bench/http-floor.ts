// Owns the measuring of what HTTP alone costs: the least that a service in Node can take for an order.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { type Figures, medianOf } from './figures.ts';
import { figuresOf, type Timing, withCost } from './intake.ts';
import { placeOrders } from './load.ts';
import type { Shop } from './shop.ts';
import { endChild, nodeOptions, type Stack } from './stack.ts';

/** The orders that `measureIntake` places, sent to a server that only answers. @param kind of server, see bare-http.ts */
export async function measureHttp(
  stack: Stack,
  shop: Shop,
  kind: 'node' | 'fastify',
  connections: number,
  { warmUpSeconds, seconds, times }: Timing,
): Promise<Figures> {
  const server = spawn(process.execPath, [...nodeOptions, path.join(import.meta.dirname, 'bare-http.ts'), kind], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const text = await new Promise<Buffer>((resolve) => server.stdout.once('data', resolve));
    const service = { port: Number(text.toString()), pid: server.pid as number, stop: () => endChild(server) };
    const bare = { ...shop, services: [service] };
    await placeOrders(bare, 'spread', { connections, seconds: warmUpSeconds });
    const runs: Figures[] = [];
    for (let time = 0; time < times; time += 1) {
      const cost = await withCost(stack, bare, () => placeOrders(bare, 'spread', { connections, seconds }));
      runs.push(figuresOf(bare, connections, cost));
    }
    return medianOf(runs);
  } finally {
    await endChild(server);
  }
}
