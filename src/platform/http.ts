// Owns the HTTP frame every slice stands in: the server, strict parsing and validation, and errors as Problems.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { type Address, knowAddresses } from './addresses.ts';
import { connectionLimits, endUnusedConnections } from './connections.ts';
import { isDatabaseFull, isDatabaseUnavailable } from './database.ts';
import type { NewId } from './ids.ts';
import {
  bodyTooLarge,
  internalError,
  invalidRequest,
  notFound,
  Problem,
  type ProblemType,
  problemDocument,
  unavailable,
  unsupportedMediaType,
} from './problem.ts';
import { assertStorable } from './text.ts';
import { readTraceparent, type Span, type Tracing, traceIdOf } from './tracing.ts';
import { createValidators, parseJson, validationProblem } from './validation.ts';

/** The application as slices see it: Fastify with TypeBox schemas giving the types of requests and replies. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpOptions {
  logger: FastifyBaseLogger;
  /** How many proxies in front are believed; 0 for none. */
  trustProxy: number;
  address: Address;
  clock: () => Date;
  newId: NewId;
  /** Told of each answer as it leaves; `route` is the pattern of its route. */
  onAnswer?: ((method: string, route: string, status: number, seconds: number) => void) | undefined;
  tracing?: Tracing | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** By `performance.now()`. */
    startedMs: number;
    /** Where there is tracing. */
    span: Span | undefined;
    /** Of our span where there is tracing, else the caller's; undefined where neither is. */
    traceparent: string | undefined;
    /** Whether its JSON is printable ASCII without an escape, so that no text in it needs a closer look. */
    hasPlainBody: boolean;
  }
}

const maxBodyBytes = 256 * 1024;
// Room for the largest access token that is looked at, 16 KiB, so that one too large is refused with a reason.

const clientErrors: Record<string, [ProblemType, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [bodyTooLarge, 'The body is over the limit of this address.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [unsupportedMediaType, 'Send the body as application/json.'],
};

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) return validationProblem(error);
  const known = clientErrors[error.code];
  if (known) return new Problem(...known);
  if (error.statusCode !== undefined && error.statusCode < 500) return new Problem(invalidRequest, error.message);
  if (isDatabaseFull(error)) {
    return new Problem(unavailable, 'The database has no room left at the moment.', {
      headers: { 'retry-after': '30' },
    });
  }
  if (isDatabaseUnavailable(error)) {
    return new Problem(unavailable, 'The database is not answering at the moment.', {
      headers: { 'retry-after': '1' },
    });
  }
  return new Problem(internalError, 'The fault has been logged with this request id.');
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.type.status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(problemDocument(problem, request.id));
}

/** Clients that name a content type on every request, also of one that has no content, mean no body. */
const hasNoBody = ({ headers }: FastifyRequest): boolean =>
  headers['content-type'] !== undefined &&
  headers['transfer-encoding'] === undefined &&
  (headers['content-length'] === undefined || headers['content-length'] === '0');

// One look at the text of an order takes a tenth of what a walk through its document does.
const worthALook = /[^\n\r\t\x20-\x5b\x5d-\x7e]/;

/** A caller's request id is kept when it is short and plain; anything else gets one of ours. */
function requestId(header: string | string[] | undefined, options: HttpOptions): string {
  return typeof header === 'string' && /^[\w.:-]{1,128}$/.test(header) ? header : options.newId(options.clock());
}

/** Longer than anything takes that is well. */
const slowRequestMs = 2_000;

/** Tells of each answer as it leaves, and logs the ones that took too long. */
function watchAnswers(app: App, { onAnswer }: HttpOptions): void {
  app.decorateRequest('startedMs', 0);
  app.decorateRequest('traceparent', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedMs = performance.now();
    request.traceparent = readTraceparent(request.headers['traceparent']);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const tookMs = performance.now() - request.startedMs;
    if (onAnswer || tookMs > slowRequestMs) {
      const { url: route = 'none' } = request.routeOptions;
      onAnswer?.(request.method, route, reply.statusCode, tookMs / 1_000);
      if (tookMs > slowRequestMs) {
        const facts = { method: request.method, route, status: reply.statusCode, took_ms: Math.round(tookMs) };
        request.log.warn({ ...requestFacts(request), ...facts }, 'slow request');
      }
    }
    done();
  });
}

/** What a line of the log says of the request it is about. */
const requestFacts = ({ id, traceparent }: FastifyRequest): Record<string, string> => ({
  request_id: id,
  ...(traceparent !== undefined && { trace_id: traceIdOf(traceparent) }),
});

/** A span for each request, part of the caller's trace where it names one. */
function traceRequests(app: App, tracing: Tracing): void {
  app.decorateRequest('span', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: route = 'none' } = request.routeOptions;
    const attributes = { 'http.request.method': request.method, 'http.route': route, 'agizo.request_id': request.id };
    const span = tracing.start(`${request.method} ${route}`, {
      kind: 'server',
      parent: request.traceparent,
      attributes,
    });
    request.span = span;
    request.traceparent = span.traceparent;
    tracing.within(span, done);
  });
  // A body arrives in turns of the event loop that know nothing of the span.
  app.addHook('preValidation', (request, _reply, done) => (request.span ? tracing.within(request.span, done) : done()));
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { statusCode: status } = reply;
    request.span?.end({ 'http.response.status_code': status }, status >= 500 ? `answered ${status}` : undefined);
    done();
  });
}

/** The server with the rules of the wire: strict JSON, Problems for every error, request ids, limits on everything. */
export function createHttp(options: HttpOptions): App {
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy > 0 && ((_address: string, hop: number) => hop < options.trustProxy),
    bodyLimit: maxBodyBytes,
    ...connectionLimits,
    // What still arrives while the server closes is served like the rest, and told to go elsewhere next time.
    return503OnClosing: false,
    genReqId: (request) => requestId(request.headers['x-request-id'], options),
    requestIdHeader: false,
    // A logger for each request costs more than all it would ever write: what is logged names the request itself.
    childLoggerFactory: (logger) => logger,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, toProblem(error));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  endUnusedConnections(app);
  knowAddresses(app, options.address);
  watchAnswers(app, options);
  if (options.tracing) traceRequests(app, options.tracing);

  const validators = createValidators();
  app.setValidatorCompiler(({ schema, httpPart }) => validators.compile(schema as object, httpPart));

  // Replies are typed where they are made; a serializer compiled from the schema was slower than this, and slower to start.
  app.setSerializerCompiler(() => JSON.stringify);

  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.decorateRequest('hasPlainBody', false);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    try {
      request.hasPlainBody = !worthALook.test(text as string);
      done(null, parseJson(text as string));
    } catch (error) {
      done(error as Error);
    }
  });

  app.addHook('onRequest', (request, reply, done) => {
    if (hasNoBody(request)) request.headers['content-type'] = undefined;
    void reply.header('x-request-id', request.id);
    void reply.header('x-content-type-options', 'nosniff');
    try {
      if (request.url.includes('%')) {
        for (const [name, value] of Object.entries(request.query ?? {})) assertStorable(value, `?${name}`);
        assertStorable(request.params, '');
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.type === internalError || problem.type === unavailable) {
      if (!(error instanceof Problem)) request.log.error({ err: error, ...requestFacts(request) }, 'request failed');
    }
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new Problem(notFound, `There is no ${request.method} at this address.`)),
  );
  return app;
}
