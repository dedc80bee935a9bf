// Owns a bad road to an SMS gateway: it stands in front of the real one, and loses, spoils and refuses by seeded dice.

import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/local-database/local-postgres.ts';

/** The sandbox's gateway reports after 50 ms. */
const lateMs = 250;

export interface FaultyGateway {
  url: string;
  /** How often each fault hit, and `well`. */
  counts: Record<string, number>;
  /** So many requests go wrong from now on. */
  worsen(share: number): void;
  /** So many of the others are answered late from now on: sent, while the sender doesn't know yet. */
  dawdle(share: number): void;
  /** No more faults from now on. */
  heal(): void;
  stop(): Promise<void>;
}

const plain = (response: ServerResponse, status: number, text: string, headers = {}) =>
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text);

const about = (statusCode: number, status: string, to: string) =>
  JSON.stringify({
    SMSMessageData: {
      Message: 'Sent to 0/1 Total Cost: 0',
      Recipients: [{ statusCode, number: to, status, cost: '0', messageId: 'None' }],
    },
  });

/** Before the gateway has seen the message: it is not sent. */
const refusals: Record<string, (response: ServerResponse, to: string) => unknown> = {
  'code 500': (response, to) => response.writeHead(201).end(about(500, 'InternalServerError', to)),
  'code 501': (response, to) => response.writeHead(201).end(about(501, 'GatewayError', to)),
  'HTTP 503': (response) => plain(response, 503, 'Service Unavailable'),
  'HTTP 502': (response) => plain(response, 502, '<html>Bad Gateway</html>'),
  'HTTP 429': (response) => plain(response, 429, 'Too Many Requests', { 'retry-after': '1' }),
  'no recipients': (response) =>
    response.writeHead(201).end(JSON.stringify({ SMSMessageData: { Message: 'Oops', Recipients: [] } })),
  'hung up before': (response) => response.destroy(),
};

/** After the gateway has taken it: it is sent, and nobody is told. */
const losses: Record<string, (response: ServerResponse) => unknown> = {
  'hung up after': (response) => response.destroy(),
  'answer broken off': (response) => {
    response.writeHead(201, { 'content-length': '500' });
    response.write('{"SMSMessageData":');
    setImmediate(() => response.destroy());
  },
  'answer spoiled': (response) => response.writeHead(201).end('<html>'),
};

/**
 * @param shareAtFirst of requests that go wrong: most are refused, one in five is taken without a word
 * @param lateAtFirst of those that go well, so many are answered only after the delivery report is out
 */
export async function startFaultyGateway(
  target: string,
  shareAtFirst: number,
  random: () => number,
  lateAtFirst = 0,
): Promise<FaultyGateway> {
  const counts: Record<string, number> = {};
  let [share, late] = [shareAtFirst, lateAtFirst];
  const pick = <T>(table: Record<string, T>): T => {
    const names = Object.keys(table);
    const name = names[Math.floor(random() * names.length)] as string;
    counts[name] = (counts[name] ?? 0) + 1;
    return table[name] as T;
  };

  async function forward(path: string, method: string, headers: Record<string, string>, body: Buffer) {
    const answer = await fetch(target + path, {
      method,
      headers,
      ...(method === 'POST' && { body: new Uint8Array(body) }),
    });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void answer().catch(() => response.destroy()));
    async function answer() {
      const body = Buffer.concat(chunks);
      const isMessage = request.method === 'POST';
      const dice = random();
      const goesWrong = isMessage && dice < share;
      if (goesWrong && dice >= share / 5) {
        pick(refusals)(response, new URLSearchParams(body.toString()).get('to') ?? '');
        return;
      }
      const { apikey = '', 'content-type': type = '', accept = '' } = request.headers as Record<string, string>;
      const headers = { apikey, 'content-type': type, accept };
      const given = await forward(request.url ?? '', request.method ?? 'GET', headers, body);
      if (goesWrong) {
        pick(losses)(response);
        return;
      }
      if (isMessage) counts['well'] = (counts['well'] ?? 0) + 1;
      if (isMessage && random() < late) await delay(lateMs);
      response.writeHead(given.status, { 'content-type': given.type }).end(given.text);
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    worsen(next) {
      share = next;
    },
    dawdle(next) {
      late = next;
    },
    heal() {
      share = 0;
      late = 0;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
