// Owns the facts about what is served below /console/: one page for all its addresses, files that are kept, and nothing from elsewhere.

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleFolder } from '../../src/console/built-files.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service.stop());

const scriptOf = (page: string) => /src="\.\/(assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';

test.each(['/console/', '/console', '/console/orders/YCM9SZW4', '/console/signed-in?code=1&state=2'])(
  '%s is the page, which takes nothing from anywhere else',
  async (path) => {
    const { status, headers, body } = await service.request('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(body).toContain('<base href="/console/"');
    expect(body).not.toMatch(/<script(?![^>]*src=)|(?:src|href)="https?:/);
  },
);

test('its files are kept for a year, and come compressed to whoever takes that', async () => {
  const script = scriptOf(String((await service.request('GET', '/console/')).body));
  const plain = await fetch(`${service.url}/console/${script}`, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  const text = await plain.text();
  for (const encoding of ['br', 'gzip']) {
    const packed = await fetch(`${service.url}/console/${script}`, { headers: { 'accept-encoding': encoding } });
    expect(packed.headers.get('content-encoding')).toBe(encoding);
    expect(packed.headers.get('vary')).toContain('Accept-Encoding');
    expect(await packed.text()).toBe(text);
  }
});

test('a file of an earlier build is no page', async () => {
  expect((await service.request('GET', '/console/assets/index-gone.js')).status).toBe(404);
});

test('it is told who signs people in, before anybody has', async () => {
  const { body } = await service.request('GET', '/console/config.json');
  expect(body).toMatchObject({ client_id: 'agizo', currency: 'KES', time_zone: 'Africa/Nairobi', has_sandbox: true });
  expect((await service.request('GET', new URL(body.metadata_url).pathname)).body.issuer).toBe(body.issuer);
});

test('behind a path its links go on from there', async () => {
  const behind = await startService({ worker: false, environment: { PUBLIC_URL: 'https://shop.example/api' } });
  try {
    expect((await behind.request('GET', '/console/')).body).toContain('<base href="/api/console/"');
  } finally {
    await behind.stop();
  }
});

test('the first load is under 250 kB', () => {
  const page = readFileSync(`${consoleFolder}/index.html`, 'utf8');
  const script = readFileSync(`${consoleFolder}/${scriptOf(page)}`);
  const css = readdirSync(`${consoleFolder}/assets`).filter((file) => /^index-.*\.css$/.test(file));
  const sizes = [script, ...css.map((file) => readFileSync(`${consoleFolder}/assets/${file}`))].map(
    (content) => gzipSync(content).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
});
