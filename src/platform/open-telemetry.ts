// Owns tracing by OpenTelemetry, sent by OTLP over HTTP. Loaded only where OTEL_EXPORTER_OTLP_ENDPOINT is set: it costs memory.

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  DiagLogLevel,
  diag,
  type Link,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Logger, withoutSecrets } from './log.ts';
import { cutText } from './text.ts';
import type { Span, SpanOptions, Tracing } from './tracing.ts';
import { readTraceparent } from './tracing.ts';

const kinds = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};
const closeTimeoutMs = 1_000;
const complainEveryMs = 60_000;
const maxStatement = 2_000;

/**
 * Where traces go, their sampling and their attributes follow OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_HEADERS,
 * OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME ...), which its libraries read.
 */
export function createOpenTelemetry(options: { role: string; logger: Logger }): Tracing {
  complainTo(options.logger);
  const own = resourceFromAttributes({ 'service.name': 'agizo', 'service.namespace': options.role });
  const provider = new BasicTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('agizo');
  const current = new AsyncLocalStorage<Span>();

  function start(
    name: string,
    { kind = 'internal', parent, links = [], attributes, startedMs }: SpanOptions = {},
  ): Span {
    const above = parent === undefined ? undefined : contextOf(parent);
    const context = above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT;
    const from = links.flatMap((link): Link[] => {
      const linked = contextOf(link);
      return linked ? [{ context: linked }] : [];
    });
    const startTime = startedMs === undefined ? undefined : new Date(performance.timeOrigin + startedMs);
    const span = tracer.startSpan(
      name,
      { kind: kinds[kind], links: from, ...(attributes && { attributes }), ...(startTime && { startTime }) },
      context,
    );
    return wrap(span);
  }

  return {
    start,
    within: (span, work) => current.run(span, work),
    statementEnded(statement, tookMs, failure) {
      const above = current.getStore();
      // Statements outside of any trace, such as looking for work, are nobody's.
      if (!above) return;
      const operation = /^\s*(?:--.*\n\s*)*(\w+)/.exec(statement)?.[1]?.toLowerCase() ?? 'statement';
      start(operation, {
        kind: 'client',
        parent: above.traceparent,
        startedMs: performance.now() - tookMs,
        attributes: { 'db.system.name': 'postgresql', 'db.query.text': cutText(statement, maxStatement) },
      }).end(undefined, failure);
    },
    async close() {
      const tooLong = new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), tooLong]);
    },
  };
}

function contextOf(traceparent: string): SpanContext | undefined {
  if (readTraceparent(traceparent) === undefined) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function wrap(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`,
    end(attributes, failure) {
      if (attributes) span.setAttributes(attributes);
      if (failure !== undefined) {
        const message = failure instanceof Error ? failure.message : typeof failure === 'string' ? failure : 'failed';
        span.setStatus({ code: SpanStatusCode.ERROR, message: cutText(withoutSecrets(message), 200) });
      }
      span.end();
    },
  };
}

/** That traces can't be delivered is said once a minute: they are lost, and nothing else is. */
function complainTo(logger: Logger): void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (text: string) => {
    if (performance.now() - saidAtMs < complainEveryMs) return;
    saidAtMs = performance.now();
    logger.warn({ detail: cutText(text, 300) }, 'traces are not delivered');
  };
  const quiet = () => undefined;
  diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
}
