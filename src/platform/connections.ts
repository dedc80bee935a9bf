// Owns how long a client may keep a connection to itself, and what becomes of unused ones when the server closes.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What is needed of an application here. */
interface Closing {
  server: Server;
  addHook(name: 'preClose', hook: () => Promise<void>): unknown;
}

const maxHeaderBytes = 32 * 1024;
/** A request's headers have this long to come, counted for a new connection from its opening. */
const headersTimeoutMs = 10_000;
/** And a request as a whole, with its body, whatever it has been answered meanwhile. */
const requestTimeoutMs = 30_000;
/** Between two requests. */
const keepAliveTimeoutMs = 60_000;
const connectionsLookedAtMs = 1_000;

export const connectionLimits = {
  requestTimeout: requestTimeoutMs,
  keepAliveTimeout: keepAliveTimeoutMs,
  connectionTimeout: 0,
  http: {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: connectionsLookedAtMs,
  },
};

/** Browsers and clients open connections in advance; Node would wait a minute for the first byte of each when closing. */
export function endUnusedConnections(app: Closing): void {
  const connections = new Set<Socket>();
  app.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('preClose', async () => {
    // What has come in and was not looked at yet is a request.
    await new Promise((done) => setTimeout(done, 10));
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  });
}
