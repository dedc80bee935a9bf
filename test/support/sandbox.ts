// Owns the sandbox under test by itself: its routes on a bare application, and a listener for what it calls back.

import { createServer } from 'node:http';
import { guardRoutes } from '../../src/identity/access.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { createHttp } from '../../src/platform/http.ts';
import { createIds } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/log.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

export const audience = 'https://api.agizo.test/';
export const clientId = 'agizo';
export const sms = { username: 'sandbox', apiKey: 'test-key', shortcode: '22384' };

export interface CalledBack {
  path: string;
  form: Record<string, string>;
}

export interface Answered extends Response {
  // oxlint-disable-next-line typescript/no-explicit-any -- the JSON under test: each test says what it expects of it
  json(): Promise<any>;
}

export interface StandIns {
  url: string;
  sandbox: Sandbox;
  /** What the sandbox has posted to the service, oldest first. */
  calledBack: CalledBack[];
  get(path: string): Promise<Answered>;
  /** Sent as JSON. */
  send(method: string, path: string, body?: unknown): Promise<Answered>;
  /** Sent as a form. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Answered>;
  stop(): Promise<void>;
}

export interface StandInsOptions {
  keyFile?: string;
  clock?: () => Date;
  keep?: number;
  smtpPort?: number;
}

export async function startStandIns({
  keyFile,
  keep,
  smtpPort,
  clock = () => new Date(),
}: StandInsOptions = {}): Promise<StandIns> {
  const calledBack: CalledBack[] = [];
  const service = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      calledBack.push({ path: request.url ?? '', form });
      response.end();
    });
  });
  const servicePort = await freePort();
  await new Promise<void>((resolve) => service.listen(servicePort, '127.0.0.1', resolve));

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logger = createLogger('silent');
  const sandbox = await createSandbox({
    publicUrl: url,
    identity: { issuer: `${url}/`, audience, clientId },
    sms,
    defaultRegion: 'KE',
    sandbox: { standsInFor: new Set(['issuer', 'sms', 'mail']), smtpPort },
    host: '0.0.0.0',
    callbacksUrl: `http://127.0.0.1:${servicePort}/callbacks`,
    keyFile,
    clock,
    newId: createIds(),
    logger,
    ...(keep && { keep }),
  });
  const app = createHttp({
    logger,
    trustProxy: 0,
    address: { publicUrl: url, isGuessed: false },
    clock: () => new Date(),
    newId: createIds(),
  });
  guardRoutes(app, () => {
    throw new Error('no route of the sandbox asks who is calling');
  });
  sandbox.register(app);
  await app.listen({ port, host: '127.0.0.1' });

  return {
    url,
    sandbox,
    calledBack,
    get: (path) => fetch(url + path, { redirect: 'manual' }),
    send: (method, path, body) =>
      fetch(url + path, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    post: (path, form, headers = {}) =>
      fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form), redirect: 'manual' }),
    async stop() {
      await app.close();
      await sandbox.close();
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    },
  };
}
