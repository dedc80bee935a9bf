// Owns the fact that an instance is stopped under load without a request lost.

import { Agent, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase } from '../support/service.ts';
import { unlimited } from '../support/unlimited.ts';

const callers = 8;
const ordersBefore = 100;
const ordersAfter = 300;
const stopLimitMs = 5_000;

let launcher: Launcher;
beforeEach(() => {
  launcher = createLauncher();
});
afterEach(() => launcher.clean());

/** What a load balancer does: asks each instance whether it is ready, and keeps connections open to each. */
interface Balancer {
  post(path: string, headers: Record<string, string>, body: string): Promise<number>;
  end(): void;
}

function createBalancer(instances: ServiceProcess[]): Balancer {
  const backends = instances.map(({ url }) => ({ url, isReady: true, agent: new Agent({ keepAlive: true }) }));
  let turn = 0;
  const timer = setInterval(() => {
    for (const backend of backends) {
      void fetch(`${backend.url}/readyz`, { headers: { connection: 'close' } }).then(
        (answer) => {
          backend.isReady = answer.ok;
        },
        () => {
          backend.isReady = false;
        },
      );
    }
  }, 50);
  return {
    post(path, headers, body) {
      const ready = backends.filter(({ isReady }) => isReady);
      const { url, agent } = ready[(turn += 1) % ready.length] as (typeof backends)[number];
      return new Promise((resolve, reject) => {
        const sent = request(url + path, { method: 'POST', agent, headers }, (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
        });
        sent.once('error', reject);
        sent.end(body);
      });
    },
    end() {
      clearInterval(timer);
      for (const { agent } of backends) agent.destroy();
    },
  };
}

/** A product whose stock is not counted, so that nothing but the stop can get in the way of an order. */
async function findUncounted({ url }: ServiceProcess): Promise<string> {
  const products = (await (await fetch(`${url}/api/v1/products/?limit=200`)).json()) as {
    id: string;
    stock: number | null;
  }[];
  return products.find(({ stock }) => stock === null)?.id ?? '';
}

async function signIn(service: ServiceProcess): Promise<string> {
  const form = { grant_type: 'password', username: 'wanjiku@agizo.test', password: 'agizo', client_id: 'agizo' };
  const answer = await fetch(`${service.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

test('an instance that is stopped under load answers all that it is asked, and ends with 0 within five seconds', async () => {
  const environment = { DATABASE_URL: await createTestDatabase(), ROLE: 'api', LOG_LEVEL: 'silent', ...unlimited };
  const leaving = await launcher.launch(environment);
  await leaving.ready();
  const staying = await launcher.launch({ ...environment, PUBLIC_URL: leaving.url });
  await staying.ready();
  const token = await signIn(leaving);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({
    items: [{ product: await findUncounted(leaving), quantity: 1 }],
    phone_number: '+254712345678',
  });

  const balancer = createBalancer([leaving, staying]);
  const outcomes: (number | string)[] = [];
  let stoppedAtMs = 0;
  const tookMs = leaving.ended.then(() => performance.now() - stoppedAtMs);
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (outcomes.length < ordersBefore + ordersAfter) {
        outcomes.push(await balancer.post('/api/v1/orders/', headers, body).catch((error: Error) => error.message));
        if (outcomes.length === ordersBefore) {
          stoppedAtMs = performance.now();
          process.kill(leaving.child.pid as number, 'SIGTERM');
        }
      }
    }),
  );
  balancer.end();
  expect(outcomes.filter((outcome) => outcome !== 201)).toEqual([]);
  expect(await leaving.ended, leaving.output()).toBe(0);
  expect(await tookMs).toBeLessThan(stopLimitMs);
}, 60_000);
