// Owns what tracing looks like to the rest of the code: spans that know how to be carried on, by whatever carries them.

export type SpanKind = 'server' | 'internal' | 'client' | 'producer' | 'consumer';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  kind?: SpanKind;
  /** The `traceparent` of what it is part of; undefined begins a trace. */
  parent?: string | undefined;
  /** `traceparent`s of what it came from beside that, or that came together in it. */
  links?: readonly string[];
  attributes?: Attributes;
  /** When it began, by `performance.now()`; now unless given. */
  startedMs?: number;
}

export interface Span {
  /** W3C Trace Context, section 3.2: what a request, a job or a message carries to be part of this trace. */
  readonly traceparent: string;
  /** Ends it; what was thrown or went wrong marks it as failed. */
  end(attributes?: Attributes, failure?: unknown): void;
}

export interface Tracing {
  start(name: string, options?: SpanOptions): Span;
  /** Statements that `work` sends to the database become spans below this one. */
  within<T>(span: Span, work: () => T): T;
  /** A statement ended just now, without its values. */
  statementEnded: (statement: string, tookMs: number, failure?: unknown) => void;
  /** Sends what is not sent yet, for a second at most. */
  close(): Promise<void>;
}

const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A header that can be carried on, or undefined. */
export const readTraceparent = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && pattern.test(header) ? header : undefined;

export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);
