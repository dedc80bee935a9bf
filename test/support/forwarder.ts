// Owns the way to a server that a test can cut, freeze and lead elsewhere, as a proxy or an address does in a fail-over.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Forwarder {
  port: number;
  /** The same database, by this way. */
  through(databaseUrl: string): string;
  /** Ends every connection and leads new ones to another port; undefined: they are refused. */
  pointTo(port: number | undefined): void;
  /** From now on nothing that either side says arrives by what is open now, and nobody is told. */
  freeze(): void;
  /** The same by whatever is open and is opened, until it ends: then all that was said arrives. */
  stall(): { end(): void };
  stop(): Promise<void>;
}

export async function startForwarder(port: number | undefined): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [from: Socket, to: Socket]>();
  let target = port;
  let isStalled = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((client) => {
    keep(client);
    if (target === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    keep(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const pair = [from, to] as const;
      pairs.add(pair);
      if (!isStalled) from.pipe(to);
      from.once('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ownPort = (server.address() as { port: number }).port;
  return {
    port: ownPort,
    through(databaseUrl) {
      const url = new URL(databaseUrl);
      url.port = String(ownPort);
      return url.href;
    },
    pointTo(next) {
      target = next;
      cut();
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
      pairs.clear();
    },
    stall() {
      isStalled = true;
      for (const [from] of pairs) from.unpipe().pause();
      return {
        end() {
          isStalled = false;
          for (const [from, to] of pairs) from.pipe(to);
        },
      };
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
