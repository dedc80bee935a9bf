// Owns the fact that with NODE_ENV forgotten nobody can act through the sandbox, nor read what it holds.

import os from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase } from '../support/service.ts';

let launcher: Launcher;
let service: ServiceProcess;

beforeAll(async () => {
  launcher = createLauncher();
  service = await launcher.launch({
    ROLE: 'api',
    DATABASE_URL: await createTestDatabase(),
    AUTH0_DOMAIN: 'shop.eu.auth0.example',
    AFRICA_TALKING_API_USERNAME: 'shop',
    AFRICA_TALKING_API_KEY: 'key',
    AFRICA_TALKING_CALLBACK_TOKEN: '5f1b0c9a7d3e482b6a90',
    SMTP_URL: 'smtps://shop:word@mail.example',
  });
  await service.ready();
});
afterAll(() => launcher.clean());

test.each([
  ['POST', '/sandbox/messages', '{"from": "+254712345678", "text": "CANCEL"}'],
  ['GET', '/sandbox/messages', undefined],
  ['GET', '/sandbox/emails', undefined],
  ['GET', '/sandbox/events', undefined],
  ['GET', '/sandbox/', undefined],
  ['POST', '/sandbox/opt-outs', '{"phone": "+254712345678"}'],
  ['POST', '/sandbox/faults', '{"sms": {"http_status": 500}}'],
  ['POST', '/oauth/token', '{"grant_type": "password", "username": "staff@agizo.test", "password": "agizo"}'],
  ['GET', '/authorize', undefined],
  ['GET', '/.well-known/jwks.json', undefined],
  ['POST', '/sandbox/africas-talking/version1/messaging', '{}'],
])('%s %s is not there', async (method, path, body) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(service.url + path, { method, ...(body !== undefined && { headers, body }) });
  expect(answer.status).toBe(404);
});

test('the start says that it is off, and because of what', () => {
  expect(service.output()).toMatch(/WARN|warn/);
  expect(service.output()).toContain('AUTH0_DOMAIN, AFRICA_TALKING_API_USERNAME');
  expect(service.output()).not.toContain('wanjiku@agizo.test');
});

const outward = Object.values(os.networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

test.skipIf(outward === undefined)('it listens for this machine alone', async () => {
  await expect(fetch(`http://${outward}:${service.port}/livez`)).rejects.toThrow('fetch failed');
});
