// Owns what the service says when it says no, as an error that pages can show.

export interface FieldError {
  pointer: string;
  detail: string;
}

export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;
  /** The last part of the problem's type, such as `stale`. */
  readonly slug: string;
  readonly errors: readonly FieldError[];

  constructor(status: number, slug: string, detail: string, errors: readonly FieldError[]) {
    super(detail);
    this.status = status;
    this.slug = slug;
    this.errors = errors;
  }
}

interface ProblemDocument {
  type?: string;
  title?: string;
  detail?: string;
  errors?: FieldError[];
}

/** Of the body of an answer, or of whatever came in its place. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const { type = '', title = '', detail = '', errors = [] } = (body ?? {}) as ProblemDocument;
  return new ApiProblem(status, type.split('/').at(-1) ?? '', detail || title || String(status), errors);
}

export const isOffline = (error: unknown): boolean => error instanceof TypeError;

/** No answer, or one that says that there is none: what may go by itself. */
export const isUnreachable = (error: unknown): boolean =>
  isOffline(error) || (error instanceof ApiProblem && error.status >= 500);

export const slugOf = (error: unknown): string | undefined => (error instanceof ApiProblem ? error.slug : undefined);
