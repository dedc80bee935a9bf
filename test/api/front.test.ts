// Owns the facts about the door: what a browser, a program and a page on another origin find there.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({
    worker: false,
    environment: { CORS_ORIGINS: 'https://shop.example, https://m.shop.example/' },
  });
});
afterAll(() => service.stop());

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('a browser finds a page without scripts that says whether all is well', async () => {
  const { status, headers, body } = await service.request('GET', '/', { headers: html });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/html');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('content-security-policy')).not.toContain('unsafe');
  expect(body).toContain('All is well');
  expect(body).not.toMatch(/<script|style=/);
  const links = [...String(body).matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) {
    const answer = await service.request('GET', new URL(link, `${service.url}/`).pathname);
    expect(answer.status, link).toBe(200);
  }
});

test('a program finds where everything is', async () => {
  const { body } = await service.request('GET', '/', { headers: { accept: 'application/json' } });
  expect(body).toEqual({
    name: 'Agizo',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    docs: `${service.url}/docs/`,
    openapi: `${service.url}/openapi.json`,
    console: `${service.url}/console/`,
  });
});

test('nothing is to be indexed', async () => {
  expect((await service.request('GET', '/robots.txt')).body).toBe('User-agent: *\nDisallow: /\n');
});

describe('another origin', () => {
  const from = (origin: string) => ({ origin });

  test.each(['https://shop.example', 'https://m.shop.example'])('%s may read what is answered', async (origin) => {
    const { headers } = await service.request('GET', '/api/v1/products/', { headers: from(origin) });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toBe(
      'Link, ETag, Location, Idempotent-Replayed, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id',
    );
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toContain('Origin');
  });

  test.each([
    'https://evil.example',
    'http://shop.example',
    'https://shop.example.evil.example',
    'null',
    'http://localhost:3000',
  ])('%s may not', async (origin) => {
    const { headers } = await service.request('GET', '/api/v1/products/', { headers: from(origin) });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('asks before it sends, and keeps the answer for a day', async () => {
    const asks = {
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,if-match',
    };
    const { status, headers } = await service.request('OPTIONS', '/api/v1/customers/me/', {
      headers: { ...from('https://shop.example'), ...asks },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-max-age')).toBe('86400');
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toBe('authorization,if-match');
  });

  test.each<[number, string, string, string?]>([
    [401, 'GET', '/api/v1/orders/'],
    [404, 'GET', '/api/v1/nothing/'],
    [404, 'GET', '/api/v1/products/0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11/'],
    [400, 'GET', '/api/v1/products/?limit=x'],
    [413, 'POST', '/oauth/token', 'x'.repeat(300_000)],
  ])('is told of a %i, too', async (status, method, path, body) => {
    const parts = { headers: from('https://shop.example'), ...(body !== undefined && { body }) };
    const answer = await service.request(method, path, parts);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  });
});

test('a caller is told who they are, and the customer that they became with their first order', async () => {
  const token = await service.tokenFor('new.caller');
  const before = await service.request('GET', '/api/v1/me/', { token });
  expect(before.body).toMatchObject({ permissions: [], is_machine: false, customer: null });
  await service.request('GET', '/api/v1/customers/me/', { token });
  const after = await service.request('GET', '/api/v1/me/', { token });
  expect(after.body.customer).toMatchObject({ user: before.body.user });

  const machine = await service.request('GET', '/api/v1/me/', { token: await service.tokenFor('machine') });
  expect(machine.body).toMatchObject({ is_machine: true, customer: null });
  const clerk = await service.request('GET', '/api/v1/me/', { token: await service.tokenFor('clerk') });
  expect(clerk.body.permissions).toEqual(['orders:read', 'orders:manage', 'customers:read']);
  expect((await service.request('GET', '/api/v1/me/')).status).toBe(401);
});
