// Owns a collector of traces under the test's control: OTLP over HTTP, as far as tests need it.

import { createServer } from 'node:http';

/** Of https://opentelemetry.io/docs/specs/otlp/, in its JSON form. */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  status: { code?: number };
}

export interface Collector {
  url: string;
  spans: CollectedSpan[];
  /** What the service says of itself. */
  resource: Map<string, string>;
  stop(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const resource = new Map<string, string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: {
          resource: { attributes: CollectedSpan['attributes'] };
          scopeSpans: { spans: CollectedSpan[] }[];
        }[];
      };
      for (const each of resourceSpans) {
        for (const { key, value } of each.resource.attributes) resource.set(key, value.stringValue ?? '');
        spans.push(...each.scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    resource,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
