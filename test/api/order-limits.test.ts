// Owns the facts about how much one identity may order, through every process and after a restart.

import { afterEach, expect, test } from 'vitest';
import { type Service, type ServiceOptions, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

const services: Service[] = [];

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

async function start(environment: Record<string, string>, options: ServiceOptions = {}): Promise<Service> {
  const service = await startService({ worker: false, environment, ...options });
  services.push(service);
  return service;
}

interface Ask {
  phone?: string;
  key?: string;
  product: string;
}

const order = (service: Service, token: string, { phone = '+254712345678', key, product }: Ask) =>
  service.request('POST', '/api/v1/orders/', {
    token,
    body: { items: [{ product, quantity: 1 }], phone_number: phone },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

async function prepare(service: Service): Promise<string> {
  const shop = await openShop(service);
  const { id } = await shop.makeProduct();
  return id;
}

test('the order past the limit is refused with 429, and says when to come back', async () => {
  const service = await start({ ORDERS_PER_CUSTOMER: '2' });
  const [product, token] = [await prepare(service), await service.tokenFor('wanjiku')];
  const first = await order(service, token, { product });
  expect(first.status).toBe(201);
  expect(first.headers.get('ratelimit-policy')).toContain('"orders";q=2;w=3600');
  expect(first.headers.get('ratelimit')).toMatch(/"orders";r=1;t=3600/);
  expect((await order(service, token, { product })).status).toBe(201);
  const third = await order(service, token, { product });
  expect(third.status).toBe(429);
  expect(third.body).toMatchObject({ type: 'https://agizo.dev/problems/too-many-orders', status: 429 });
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(3_500);
  expect(third.headers.get('ratelimit')).toMatch(/"orders";r=0;t=\d+/);
});

test('twenty orders at once through two processes leave exactly as many as the limit allows', async () => {
  const one = await start({ ORDERS_PER_CUSTOMER: '5' });
  const issuer = { OIDC_ISSUER: `${one.url}/` };
  const other = await start({ ORDERS_PER_CUSTOMER: '5', ...issuer }, { sharing: one });
  const [product, token] = [await prepare(one), await one.tokenFor('wanjiku')];
  const asked = Array.from({ length: 20 }, (_, turn) => order(turn % 2 === 0 ? one : other, token, { product }));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(15);
});

test('a process that starts anew counts on', async () => {
  const one = await start({ ORDERS_PER_CUSTOMER: '1' });
  const [product, token] = [await prepare(one), await one.tokenFor('wanjiku')];
  expect((await order(one, token, { product })).status).toBe(201);
  const issuer = { OIDC_ISSUER: `${one.url}/` };
  const next = await start({ ORDERS_PER_CUSTOMER: '1', ...issuer }, { sharing: one });
  expect((await order(next, token, { product })).status).toBe(429);
});

test('a sixth number is refused, and the first five go on', async () => {
  const service = await start({ NUMBERS_PER_CUSTOMER: '5' });
  const [product, token] = [await prepare(service), await service.tokenFor('wanjiku')];
  const numbers = Array.from({ length: 5 }, (_, index) => `+25471234560${index}`);
  for (const phone of numbers) expect((await order(service, token, { product, phone })).status).toBe(201);
  const sixth = await order(service, token, { product, phone: '+254712345609' });
  expect(sixth.body).toMatchObject({ type: 'https://agizo.dev/problems/too-many-numbers', status: 429 });
  expect((await order(service, token, { product, phone: numbers[0] as string })).status).toBe(201);
});

test('a number written in another way is the same number', async () => {
  const service = await start({ NUMBERS_PER_CUSTOMER: '1' });
  const [product, token] = [await prepare(service), await service.tokenFor('wanjiku')];
  for (const phone of ['+254712345678', '0712345678', '0712 345 678', '254712345678']) {
    expect((await order(service, token, { product, phone })).status).toBe(201);
  }
});

test('a repeated key is answered past the limit, and is not counted', async () => {
  const service = await start({ ORDERS_PER_CUSTOMER: '2' });
  const [product, token] = [await prepare(service), await service.tokenFor('wanjiku')];
  for (let time = 0; time < 4; time += 1) {
    expect((await order(service, token, { product, key: 'first' })).status).toBe(201);
  }
  expect((await order(service, token, { product })).status).toBe(201);
  expect((await order(service, token, { product })).status).toBe(429);
  const again = await order(service, token, { product, key: 'first' });
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('whoever may manage orders is not bounded', async () => {
  const service = await start({ ORDERS_PER_CUSTOMER: '1', NUMBERS_PER_CUSTOMER: '1' });
  const [product, token] = [await prepare(service), await service.tokenFor('staff')];
  for (const phone of ['+254712345601', '+254712345602', '+254712345603']) {
    const placed = await order(service, token, { product, phone });
    expect(placed.status).toBe(201);
    expect(placed.headers.get('ratelimit') ?? '').not.toContain('orders');
  }
});

test('an hour later there is room again, and a day later for other numbers', async () => {
  let aheadMs = 0;
  const clock = () => new Date(Date.now() + aheadMs);
  const service = await start({ ORDERS_PER_CUSTOMER: '1', NUMBERS_PER_CUSTOMER: '1' }, { clock });
  const product = await prepare(service);
  expect((await order(service, await service.tokenFor('wanjiku'), { product })).status).toBe(201);
  aheadMs = 59 * 60_000;
  expect((await order(service, await service.tokenFor('wanjiku'), { product })).status).toBe(429);
  aheadMs = 61 * 60_000;
  const token = await service.tokenFor('wanjiku');
  const other = await order(service, token, { product, phone: '+254712345609' });
  expect(other.body).toMatchObject({ type: 'https://agizo.dev/problems/too-many-numbers' });
  aheadMs = 25 * 60 * 60_000;
  const nextDay = await order(service, await service.tokenFor('wanjiku'), { product, phone: '+254712345609' });
  expect(nextDay.status).toBe(201);
});

test('a busy family shop gets through: thirty orders an hour with five phones', async () => {
  const service = await start({ ORDERS_PER_CUSTOMER: '', NUMBERS_PER_CUSTOMER: '' });
  const [product, token] = [await prepare(service), await service.tokenFor('wanjiku')];
  for (let number = 0; number < 30; number += 1) {
    expect((await order(service, token, { product, phone: `+25471234560${number % 5}` })).status).toBe(201);
  }
});
