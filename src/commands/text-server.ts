// Owns a server beside the application's, for machines within the house: one text at one address.

import { createServer, type Server } from 'node:http';

export interface TextServer {
  close(): Promise<void>;
}

const timeoutMs = 15_000;

/** Answers GET of `path` with what `render` gives. @throws the error of listening, such as EADDRINUSE */
export async function serveText(options: {
  port: number;
  host: string;
  path: string;
  render: () => Promise<{ contentType: string; text: string }>;
  onFault: (error: unknown) => void;
}): Promise<TextServer> {
  const { path, render, onFault } = options;
  const server = createServer({ requestTimeout: timeoutMs }, (request, response) => {
    const isThere = request.url?.split('?', 1)[0] === path;
    if (!isThere || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(isThere ? 405 : 404).end();
      return;
    }
    render().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      (error: unknown) => {
        onFault(error);
        response.writeHead(500).end();
      },
    );
  });
  await listen(server, options.port, options.host);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
