// Owns a server that does nothing but HTTP: it answers each order with the same bytes, in groups as the service does.
// The argument says with what: `node` or `fastify`. Prints its port. See http-floor.ts.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

/** How long a group of 256 customers' orders takes. */
const groupMs = 10;
/** As long as an order of two lines. */
const answer = JSON.stringify({ answer: '.'.repeat(820) });

let waiting: (() => void)[] = [];
setInterval(() => {
  for (const resolve of waiting.splice(0)) resolve();
}, groupMs);

const servers: Record<string, () => Promise<Server>> = {
  async node() {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        JSON.parse(body);
        waiting.push(() => {
          response.writeHead(201, { 'content-type': 'application/json', 'content-length': answer.length });
          response.end(answer);
        });
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return server;
  },
  async fastify() {
    const app = Fastify();
    app.post('/api/v1/orders/', async (_request, reply) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return reply.code(201).send(JSON.parse(answer));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
};

const [, , kind = ''] = process.argv;
const start = servers[kind];
if (!start) throw new Error(`node bench/bare-http.ts ${Object.keys(servers).join('|')}`);
const { port } = (await start()).address() as AddressInfo;
process.stdout.write(`${port}\n`);
