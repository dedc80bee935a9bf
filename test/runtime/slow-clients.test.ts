// Owns the facts about clients that keep the service waiting: how long each kind may, on real connections.

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ worker: false });
});

afterAll(() => service.stop());

interface Held {
  seconds: number;
  firstLine: string;
}

/** Sends the beginning of a request, and then a little twice a second, until the service has enough. */
function hold(beginning: string, drip: string): Promise<Held> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(beginning));
    const dripping = setInterval(() => drip !== '' && socket.write(drip), 500);
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve({ seconds: (performance.now() - startedMs) / 1_000, firstLine: answer.split('\r\n')[0] ?? '' });
    });
  });
}

const head = (method: string, path: string, length = 'Content-Length: 5000') =>
  `${method} ${path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;

// Side by side: each takes as long as the bound that it runs into.
describe.concurrent('is ended', () => {
  test.each<[what: string, beginning: string, drip: string, seconds: number, answered: RegExp]>([
    ['a connection that never says anything', '', '', 10, /408/],
    ['a request whose headers drip', 'GET /livez HTTP/1.1\r\nHost: shop\r\nX-A: b', 'c', 10, /408/],
    ['a request whose body drips', `${head('POST', '/oauth/token')}{`, ' ', 30, /408/],
    ['one in chunks', head('POST', '/oauth/token', 'Transfer-Encoding: chunked'), '1\r\n \r\n', 30, /408/],
    ['one that was refused by its token already', `${head('POST', '/api/v1/orders/')}{`, ' ', 30, /401/],
    ['one to an address that there isn’t', `${head('POST', '/nothing')}{`, ' ', 30, /404|408/],
    ['a read with a body that nobody needs', `${head('GET', '/livez')}{`, ' ', 30, /200/],
  ])('%s', async (_what, beginning, drip, seconds, answered) => {
    const held = await hold(beginning, drip);
    expect(held.firstLine).toMatch(answered);
    // Connections are looked at each second; the rest is what a busy machine may take.
    expect(held.seconds).toBeLessThan(seconds + 6);
    expect(held.seconds).toBeGreaterThan(seconds - 1);
  });
});

test('a connection between two requests is told that it has a minute', async () => {
  const { headers } = await service.request('GET', '/livez');
  expect(headers.get('keep-alive')).toBe('timeout=60');
});
