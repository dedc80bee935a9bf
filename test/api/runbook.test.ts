// Owns the facts about docs/operations.md: what it tells people to type in trouble can be typed.

import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/service.ts';

const runbook = readFileSync('docs/operations.md', 'utf8');
const openapi: { paths: Record<string, Record<string, unknown>> } = JSON.parse(readFileSync('openapi.json', 'utf8'));

test('every statement runs on the schema as it is', async () => {
  const quoted = [...runbook.matchAll(/`((?:select|update|delete)\s[^`]+)`/g)].map(([, statement = '']) => statement);
  expect(quoted.length).toBeGreaterThan(5);
  const client = new pg.Client({ connectionString: await createTestDatabase() });
  await client.connect();
  for (const statement of quoted) {
    await client.query('begin');
    await expect(client.query(statement.replaceAll('…', '2026-11-26')), statement).resolves.toBeDefined();
    await client.query('rollback');
  }
  await client.end();
});

test('every operation of the API that it names is there', () => {
  const named = [
    ...[...runbook.matchAll(/`(GET|POST) (\/api\/[^`?]+)/g)].map(([, method = '', path = '']) => [method, path]),
    ...[...runbook.matchAll(/curl -s? ?(-X POST )?"\$PUBLIC_URL(\/api\/[^"?]+)/g)].map(([, post, path = '']) => [
      post ? 'POST' : 'GET',
      path,
    ]),
  ];
  expect(named.length).toBeGreaterThan(6);
  for (const [method = '', path = ''] of named) {
    const pattern = path.replace('$id', '{id}').replace('/sms/', '/{channel}/');
    expect(openapi.paths[pattern]?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
  }
});
