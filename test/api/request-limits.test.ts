// Owns the facts about how much one caller or address may ask.

import { afterEach, expect, test } from 'vitest';
import { type Answer, eventually, type Service, type ServiceOptions, startService } from '../support/service.ts';

const services: Service[] = [];

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

async function start(environment: Record<string, string>, options: ServiceOptions = {}): Promise<Service> {
  const service = await startService({ worker: false, environment, ...options });
  services.push(service);
  return service;
}

async function times(count: number, ask: (turn: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let turn = 0; turn < count; turn += 1) answers.push(await ask(turn));
  return answers;
}
const statusesOf = (answers: Answer[]): number[] => answers.map(({ status }) => status);
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const products = '/api/v1/products/?limit=1';

test('requests without a token are bounded by address, with 429 and when to come back', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '3' });
  const answers = await times(4, () => service.request('GET', products));
  expect(statusesOf(answers)).toEqual([200, 200, 200, 429]);
  expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
  expect(answers[0]?.headers.get('ratelimit')).toBe('"address";r=2;t=60');
  expect(answers[3]?.body).toMatchObject({ type: 'https://agizo.dev/problems/too-many-requests', status: 429 });
  expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(answers[3]?.headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
});

test.each([
  ['an address that does not exist', '/api/v1/nothing/'],
  ['the documents', '/openapi.json'],
  ['health', '/api/v1/health/'],
  ['a route that wants a token', '/api/v1/orders/'],
])('%s is counted too', async (_what, path) => {
  const service = await start({ REQUESTS_PER_ADDRESS: '2' });
  expect(statusesOf(await times(3, () => service.request('GET', path))).at(-1)).toBe(429);
});

test.each(['/livez', '/readyz'])('%s always answers', async (path) => {
  const service = await start({ REQUESTS_PER_ADDRESS: '1' });
  await service.request('GET', products);
  expect(statusesOf(await times(4, () => service.request('GET', path)))).toEqual([200, 200, 200, 200]);
});

test('what a provider calls back is not counted', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '1' });
  await service.request('GET', products);
  const report = () =>
    service.request('POST', `/callbacks/africas-talking/${service.config.sms.callbackToken}/delivery`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'id=ATXid_1&status=Success',
    });
  expect(statusesOf(await times(3, report))).not.toContain(429);
});

test('good tokens are never bounded by address, on open routes neither, while others there are', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '2', FAILED_TOKENS_PER_ADDRESS: '1', REQUESTS_PER_CALLER: '50' });
  const tokens = await Promise.all(['wanjiku', 'otieno', 'staff'].map((name) => service.tokenFor(name)));
  await times(3, () => service.request('GET', products));
  await times(3, () => service.request('GET', '/api/v1/orders/', { token: 'not.a.token' }));
  for (const token of tokens) {
    const answers = [
      ...(await times(5, () => service.request('GET', products, { token }))),
      ...(await times(5, () => service.request('GET', '/api/v1/orders/', { token }))),
    ];
    expect(new Set(statusesOf(answers))).toEqual(new Set([200]));
  }
});

test('one identity is bounded, wherever it asks from and by whichever token, and others are not', async () => {
  const service = await start({ REQUESTS_PER_CALLER: '4', TRUST_PROXY: 'true' });
  const [one, again, other] = await Promise.all(['wanjiku', 'wanjiku', 'otieno'].map((name) => service.tokenFor(name)));
  const answers = await times(6, (turn) =>
    service.request('GET', '/api/v1/orders/', {
      token: (turn % 2 === 0 ? one : again) as string,
      ...from(`203.0.113.${turn}`),
    }),
  );
  expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 429, 429]);
  expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"caller";r=3;t=\d+$/);
  expect((await service.request('GET', '/api/v1/orders/', { token: other as string })).status).toBe(200);
});

test('bad tokens are bounded by address, and a bad one on an open route counts as none', async () => {
  const service = await start({ FAILED_TOKENS_PER_ADDRESS: '3', REQUESTS_PER_ADDRESS: '20' });
  const bad = [undefined, 'not.a.token', 'x'.repeat(20_000), `${await service.tokenFor('wanjiku')}x`];
  const answers = await times(6, (turn) => {
    const token = bad[turn % bad.length];
    return service.request('GET', '/api/v1/orders/', token === undefined ? {} : { token });
  });
  expect(statusesOf(answers)).toEqual([401, 401, 401, 429, 429, 429]);
  expect(answers[3]?.headers.get('ratelimit-policy')).toBe('"failed-tokens";q=3;w=60');
  expect((await service.request('GET', products, { token: 'not.a.token' })).status).toBe(200);
});

test('behind a proxy it is the address that the proxy saw, not one that the client wrote', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '2', TRUST_PROXY: 'true' });
  const forged = await times(3, (turn) => service.request('GET', products, from(`10.9.8.${turn}, 203.0.113.7`)));
  expect(statusesOf(forged)).toEqual([200, 200, 429]);
  expect((await service.request('GET', products, from('203.0.113.8'))).status).toBe(200);
});

test('without a proxy that is trusted nobody chooses an address', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '2' });
  expect(statusesOf(await times(3, (turn) => service.request('GET', products, from(`203.0.113.${turn}`)))).at(-1)).toBe(
    429,
  );
});

test('IPv6 is counted by the network of a household', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: '2', TRUST_PROXY: 'true' });
  const one = await times(3, (turn) => service.request('GET', products, from(`2001:db8:1:2::${turn}`)));
  expect(statusesOf(one)).toEqual([200, 200, 429]);
  expect((await service.request('GET', products, from('2001:db8:1:3::1'))).status).toBe(200);
});

test('two processes share what they count', async () => {
  const quota = { REQUESTS_PER_ADDRESS: '50' };
  const one = await start(quota);
  const other = await start(quota, { sharing: one });
  await times(50, () => one.request('GET', products));
  expect((await one.request('GET', products)).status).toBe(429);
  // The other one hears of it when it has had a fiftieth.
  await eventually('the other refuses too', async () => (await other.request('GET', products)).status === 429);
});

test('off lifts each', async () => {
  const service = await start({ REQUESTS_PER_ADDRESS: 'off', REQUESTS_PER_CALLER: 'off' });
  const answer = await service.request('GET', products);
  expect(answer.headers.get('ratelimit')).toBeNull();
});
