// Owns `Problem`, the one error that means "the domain says no", and its form on the wire (RFC 9457).

/** What kinds of no there are: declared beside the rule they guard and gathered in `src/problems.ts`. */
export interface ProblemType {
  /** The last part of the stable `type` URI: `https://agizo.dev/problems/<slug>`. */
  slug: string;
  status: 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
  /** One short line for people, the same for every occurrence. */
  title: string;
  /** When it happens and what the caller can do: the text of docs/problems.md. */
  meaning: string;
}

/** One bad field. `pointer` is a JSON Pointer into the body (`/items/0/quantity`), or `?name` for a query parameter. */
export interface FieldError {
  pointer: string;
  detail: string;
}

interface ProblemParts {
  errors?: FieldError[];
  /** Extra members of the problem document, such as `products` of out-of-stock (RFC 9457, section 3.2). */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** The domain saying no. Never logged as an error, never retried by a job; anything else that is thrown is a fault. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly errors: FieldError[] | undefined;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(type: ProblemType, detail: string, parts: ProblemParts = {}) {
    super(detail);
    this.name = 'Problem';
    this.type = type;
    this.errors = parts.errors;
    this.members = parts.members ?? {};
    this.headers = parts.headers ?? {};
  }
}

export const problemTypeUri = (type: ProblemType): string => `https://agizo.dev/problems/${type.slug}`;

/** The RFC 9457 document. `requestId` lets a person quote the request when asking for help. */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: problemTypeUri(problem.type),
    title: problem.type.title,
    status: problem.type.status,
    detail: problem.message,
    ...(problem.errors && { errors: problem.errors }),
    ...problem.members,
    request_id: requestId,
  };
}

export const invalidRequest: ProblemType = {
  slug: 'invalid-request',
  status: 400,
  title: 'The request is not valid',
  meaning:
    'The body, a query parameter or a path parameter breaks the documented shape. `errors` names each bad field.',
};

export const notFound: ProblemType = {
  slug: 'not-found',
  status: 404,
  title: 'Not found',
  meaning: 'There is nothing at this address, or what is there belongs to somebody else.',
};

export const stale: ProblemType = {
  slug: 'stale',
  status: 412,
  title: 'Changed since you read it',
  meaning: 'The `If-Match` tag is not the current one: read the resource again, then repeat the change.',
};

export const bodyTooLarge: ProblemType = {
  slug: 'body-too-large',
  status: 413,
  title: 'The body is too large',
  meaning:
    'The request body is over the limit of 256 KiB, of 20 MiB for a file, or of 16 KiB for what a provider calls back.',
};

export const unsupportedMediaType: ProblemType = {
  slug: 'unsupported-media-type',
  status: 415,
  title: 'Unsupported content type',
  meaning: 'The body must be sent as `application/json`, or as a form where a provider calls back.',
};

export const tooManyRequests: ProblemType = {
  slug: 'too-many-requests',
  status: 429,
  title: 'Too many requests',
  meaning:
    'More was asked within a minute than one caller, or one address without a good token, may ask; `RateLimit-Policy` names the limit. ' +
    'Nothing was changed: repeat after `Retry-After` seconds.',
};

export const internalError: ProblemType = {
  slug: 'internal-error',
  status: 500,
  title: 'Something went wrong on our side',
  meaning:
    'A fault in the service. It is logged with the request id; nothing was changed unless you are told otherwise.',
};

export const unavailable: ProblemType = {
  slug: 'unavailable',
  status: 503,
  title: 'Temporarily unavailable',
  meaning: 'The service or something it needs is overloaded or out of reach. Repeat after the `Retry-After` seconds.',
};
