// Owns the facts about links in answers: they lead where the caller came from, under the path that PUBLIC_URL says, and nowhere else.

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissions } from '../../src/identity/identity.ts';
import { startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

interface Raw {
  status: number;
  head: string;
  body: string;
}

/** A request as it stands on the wire, with whatever request line and Host. */
function raw(service: Service, line: string, headers: Record<string, string>): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connect(service.config.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString())).on('error', reject);
    socket.on('end', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ status: Number(head.slice(9, 12)), head, body });
    });
    const lines = Object.entries({ connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`);
  });
}

const next = (head: string): string => /<([^>]*)>; rel="next"/.exec(head)?.[1] ?? '';

/** Every list, with enough in it for a second page where `limit` is 1. */
async function fill(service: Service): Promise<Shop> {
  const shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const { id } = await shop.makeProduct();
  await shop.makeProduct();
  await service.request('POST', '/api/v1/categories/', { token: shop.staff, body: { title: 'Tea' } });
  await shop.place(customer, [[id, 1]]);
  await shop.place(await service.tokenFor('akinyi'), [[id, 1]]);
  for (const phone of ['+254700000001', '+254700000002']) {
    await service.request('PUT', `/api/v1/opt-outs/${phone}/`, { token: shop.staff, body: { note: 'asked' } });
  }
  return shop;
}

const lists = ['categories', 'products', 'orders', 'customers', 'opt-outs'];

describe('without PUBLIC_URL', () => {
  let service: Service;
  let shop: Shop;
  let get: (line: string, headers: Record<string, string>) => Promise<Raw>;

  beforeAll(async () => {
    service = await startService({ worker: false, environment: { PUBLIC_URL: '' } });
    shop = await fill(service);
    get = (line, headers) => raw(service, line, { authorization: `Bearer ${shop.staff}`, ...headers });
  });
  afterAll(() => service.stop());

  test.each(lists)('the next page of %s is at the host that was asked', async (list) => {
    const { head } = await get(`GET /api/v1/${list}/?limit=1`, { host: 'shop.local:8000' });
    expect(next(head)).toMatch(new RegExp(`^http://shop\\.local:8000/api/v1/${list}/\\?limit=1&cursor=`));
  });

  test.each(['127.0.0.1:8000', '192.168.1.7', '[::1]:8000', 'Shop.Example', 'my_shop.local'])(
    '%s is a host',
    async (host) => {
      const { head } = await get('GET /api/v1/products/?limit=1', { host });
      expect(next(head)).toContain(`http://${host.toLowerCase()}/api/v1/products/`);
    },
  );

  test.each([
    'evil.example/path',
    'a b',
    'evil.example#',
    'user@evil.example',
    '<script>',
    'x:99999',
    '"',
    'a\\b',
    '-',
    '',
  ])('%s is none, and gets into no link', async (host) => {
    const { status, head } = await get('GET /api/v1/products/?limit=1', { host });
    if (status !== 400) expect(next(head)).toContain(`http://localhost:${service.config.port}/api/v1/products/`);
  });

  test('what a stranger says to be forwarded is not believed', async () => {
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const { head } = await get('GET /api/v1/products/?limit=1', { host: 'shop.local', ...forwarded });
    expect(next(head)).toContain('http://shop.local/api');
  });

  test.each(['http://evil.example/api/v1/products/?limit=1', 'HTTP://evil.example:8000/api/v1/products/?limit=1'])(
    'a host in the request line is not linked to: %s',
    async (target) => {
      const { head } = await get(`GET ${target}`, { host: 'shop.local' });
      expect(head).not.toContain('evil.example');
    },
  );

  test('the OpenAPI document and the issuer are at the host that was asked', async () => {
    const { body, status } = await get('GET /openapi.json', { host: 'shop.local:8000' });
    expect(status).toBe(200);
    expect(body).toContain('"url":"http://shop.local:8000"');
    expect(body).toContain('"tokenUrl":"http://shop.local:8000/oauth/token"');
    const discovery = await get('GET /.well-known/openid-configuration', { host: 'shop.local:8000' });
    expect(discovery.body).toContain('"token_endpoint":"http://shop.local:8000/oauth/token"');
    expect(discovery.body).toContain(`"issuer":"http://localhost:${service.config.port}/"`);
  });
});

test('behind a proxy that is trusted, links lead to the host that it was asked for', async () => {
  const service = await startService({ worker: false, environment: { PUBLIC_URL: '', TRUST_PROXY: 'true' } });
  try {
    await fill(service);
    const forwarded = { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' };
    const { head } = await raw(service, 'GET /api/v1/products/?limit=1', { host: '10.0.0.7:8000', ...forwarded });
    expect(next(head)).toContain('https://shop.example/api/v1/products/');
    const odd = { 'x-forwarded-host': 'evil"><', 'x-forwarded-proto': 'javascript' };
    const refused = await raw(service, 'GET /api/v1/products/?limit=1', { host: '10.0.0.7:8000', ...odd });
    expect(next(refused.head)).toContain(`http://localhost:${service.config.port}/`);
  } finally {
    await service.stop();
  }
});

describe('with a PUBLIC_URL that has a path', () => {
  let issuer: TestIssuer;
  let service: Service;
  let shop: Shop;

  beforeAll(async () => {
    // Nothing listens at that address, so the issuer is another than the sandbox's.
    issuer = await startIssuer();
    const environment = { ...trusting(issuer), PUBLIC_URL: 'https://shop.example/shop/' };
    service = await startService({ worker: false, environment });
    service.tokenFor = (name) =>
      issuer.sign({ sub: name, name, email: '', permissions: name === 'staff' ? permissions : [] });
    shop = await fill(service);
  });
  afterAll(async () => {
    await service.stop();
    await issuer.stop();
  });

  test.each(lists)('the next page of %s keeps it, whatever host was asked', async (list) => {
    const headers = { authorization: `Bearer ${shop.staff}`, host: 'elsewhere.example' };
    const { head } = await raw(service, `GET /api/v1/${list}/?limit=1`, headers);
    expect(next(head)).toContain(`https://shop.example/shop/api/v1/${list}/?limit=1&cursor=`);
    const absolute = await raw(service, `GET http://evil.example/api/v1/${list}/?limit=1`, headers);
    expect(absolute.head).not.toContain('evil.example');
  });

  test('so does where something new is', async () => {
    const made = await service.request('POST', '/api/v1/categories/', { token: shop.staff, body: { title: 'Salt' } });
    expect(made.headers.get('location')).toBe(`/shop/api/v1/categories/${made.body.id}/`);
    const order = await shop.place(await service.tokenFor('otieno'), [[(await shop.makeProduct()).id, 1]]);
    expect(order.headers.get('location')).toBe(`/shop/api/v1/orders/${order.body.id}/`);
  });

  test('so does the OpenAPI document', async () => {
    const { body } = await service.request('GET', '/openapi.json');
    expect(body.servers).toEqual([{ url: 'https://shop.example/shop' }]);
  });
});
