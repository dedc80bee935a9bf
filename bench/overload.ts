// Owns the measuring of overload: more customers than can be served, who don't wait when they are refused.

import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { countSince, markOf } from './counting.ts';
import { type Figures, medianOf, quantile } from './figures.ts';
import { figuresOf, type Timing, withCost } from './intake.ts';
import { placeOrders } from './load.ts';
import type { Shop } from './shop.ts';
import type { Stack } from './stack.ts';

const probes = 64;
const afterRefusalMs = 250;

/**
 * The load generator counts what is accepted and refused but can't tell how long each of the two took. A few more
 * customers, who do wait when they are refused, measure that: the latencies are those of their accepted orders.
 * @throws when a count doesn't fit, or a refusal is anything but 503 with Retry-After
 */
export async function measureOverload(stack: Stack, shop: Shop, connections: number, timing: Timing): Promise<Figures> {
  await placeOrders(shop, 'spread', { connections: 256, seconds: timing.warmUpSeconds });
  const runs: Figures[] = [];
  for (let time = 0; time < timing.times; time += 1) {
    await delay(1_000);
    const mark = await markOf(shop.url);
    const stop = new AbortController();
    const probing = probe(shop, stop.signal);
    const cost = await withCost(stack, shop, () =>
      placeOrders(shop, 'spread', { connections, seconds: timing.seconds }),
    );
    stop.abort();
    const { tookMs, refused } = await probing;
    if (cost.load.socketErrors > 0) throw new Error(`${cost.load.socketErrors} connections broke under overload`);
    const { orders, groups } = await countSince(shop.url, mark, cost.load.accepted + tookMs.length, connections);
    const sorted = tookMs.toSorted((a, b) => a - b);
    runs.push({
      ...figuresOf(shop, connections, cost),
      p50Ms: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      p99Ms: quantile(sorted, 0.99),
      refused: cost.load.refused + refused,
      groupSize: orders / groups,
    });
  }
  return medianOf(runs);
}

interface Probed {
  /** Of accepted orders. */
  tookMs: number[];
  refused: number;
}

async function probe(shop: Shop, signal: AbortSignal): Promise<Probed> {
  const agent = new http.Agent({ keepAlive: true });
  const probed: Probed = { tookMs: [], refused: 0 };
  const customer = async (number: number) => {
    const { token, phoneNumber } = shop.customers[number] ?? { token: '', phoneNumber: '' };
    const body = JSON.stringify({
      items: [{ product: shop.productIds[number], quantity: 1 }],
      phone_number: phoneNumber,
    });
    while (!signal.aborted) {
      const start = performance.now();
      const { status, retryAfter } = await post(agent, shop.services[0]?.port ?? 0, token, body);
      if (status === 201) probed.tookMs.push(performance.now() - start);
      else if (status === 503 && retryAfter !== undefined) {
        probed.refused += 1;
        await delay(afterRefusalMs);
      } else throw new Error(`an order was answered with ${status}, Retry-After ${retryAfter}`);
    }
  };
  await Promise.all(Array.from({ length: probes }, (_, number) => customer(number)));
  agent.destroy();
  return probed;
}

function post(
  agent: http.Agent,
  port: number,
  token: string,
  body: string,
): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': crypto.randomUUID(),
    };
    const request = http.request({ agent, host: '127.0.0.1', port, path: '/api/v1/orders/', method: 'POST', headers });
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] }));
    });
    request.end(body);
  });
}
