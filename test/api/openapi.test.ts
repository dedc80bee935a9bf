// Owns the facts about the API's own description.

import { validate } from '@readme/openapi-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}

let service: Service;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};
let operations: [string, Operation][];

beforeAll(async () => {
  service = await startService({ worker: false });
  document = (await service.request('GET', '/openapi.json')).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
});

afterAll(() => service.stop());

test('is valid OpenAPI 3.1', async () => {
  const result = await validate(structuredClone(document) as never);
  expect(result).toMatchObject({ valid: true });
  expect(document.openapi).toMatch(/^3\.1/);
});

test('names the operations as the original did', () => {
  expect(operations.map(([, operation]) => operation.operationId)).toEqual(
    expect.arrayContaining([
      'orders_create',
      'orders_list',
      'orders_read',
      'orders_partial_update',
      'orders_delete',
      'products_list',
      'products_create',
      'products_read',
      'products_average_price',
      'categories_list',
      'categories_create',
      'customers_list',
    ]),
  );
});

test('tells of every operation what it is, what it answers and how it refuses', () => {
  for (const [where, operation] of operations) {
    expect(operation.operationId, where).toMatch(/^[a-z_]+$/);
    expect(operation.tags, where).toHaveLength(1);
    expect(operation.summary, where).not.toBe('');
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.some((status) => status.startsWith('2')),
      where,
    ).toBe(true);
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status === '204' || status === '304') continue;
      expect(response.content, `${where} ${status}`).toBeDefined();
      const isFile = operation.operationId.endsWith('_export');
      const good = isFile ? 'text/csv' : 'application/json';
      const media = status.startsWith('2') ? good : 'application/problem+json';
      expect(response.content?.[media]?.schema, `${where} ${status}`).toBeDefined();
    }
  }
});

test('gives an example with every shared schema', () => {
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (name === 'Problem') continue;
    expect((schema as { examples?: unknown[] }).examples?.length, name).toBeGreaterThan(0);
  }
});

test('comes with Swagger UI, which can sign in', async () => {
  const page = await service.request('GET', '/docs/');
  expect(page.status).toBe(200);
  expect(page.body).toContain('swagger-ui');
  expect(JSON.stringify(document)).toContain('authorizationCode');
});

test('the page that shows it may fetch tokens from the issuer, and works where there is no TLS', async () => {
  const elsewhere = await startService({
    worker: false,
    environment: { AUTH0_DOMAIN: 'shop.eu.auth0.com', ROLE: 'api' },
  });
  const policy = (await elsewhere.request('GET', '/docs/')).headers.get('content-security-policy');
  await elsewhere.stop();
  expect(policy).toMatch(/connect-src 'self' https:\/\/shop\.eu\.auth0\.com /);
  expect(policy).not.toContain('upgrade-insecure-requests');
});
