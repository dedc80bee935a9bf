// Owns keyset pagination: the opaque cursor, and the `Link` header (RFC 8288) that carries it.

import { Type } from 'typebox';
import { type Asked, addressOf } from './addresses.ts';
import { uuidPattern } from './ids.ts';
import { invalidRequest, Problem } from './problem.ts';
import { isStorable } from './text.ts';

const defaultPageSize = 50;

/** The query parameters every list takes. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, default: defaultPageSize, description: 'How many to return.' }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 2048, description: 'From the `Link` header of the page before; not to be made by hand.' }),
  ),
};

/** How many a page holds at most. */
export const pageSize = ({ limit = defaultPageSize }: { limit?: number | undefined }): number => limit;

export type CursorValue = string | number | null;

/** Encodes the sort values of the last row of a page. */
export const encodeCursor = (values: CursorValue[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

const isCursorValue = (value: unknown): value is CursorValue =>
  value === null || (typeof value === 'string' ? isStorable(value) : Number.isFinite(value));

/** Decodes a cursor of `length` values. @throws Problem invalid-request when it is not one of ours. */
export function decodeCursor(cursor: string, length: number): CursorValue[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(values) && values.length === length && values.every(isCursorValue)) return values;
  } catch {
    // Not base64 of JSON: answered below like any other foreign cursor.
  }
  throw foreignCursor();
}

/** For a cursor that decodes, but holds what its list never puts in one. */
export const foreignCursor = (): Problem =>
  new Problem(invalidRequest, 'The cursor is not one that this list gave out.', {
    errors: [{ pointer: '?cursor', detail: 'must come from the Link header of the page before' }],
  });

/** Decodes the cursor of a list that is ordered by id alone. @throws Problem invalid-request when it holds no id. */
export function decodeIdCursor(cursor: string): string {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id === 'string' && uuidPattern.test(id)) return id;
  throw foreignCursor();
}

/** Cuts a page out of what was found when one more than `limit` was asked for, and says where the next begins if there is one. */
export function cutPage<Row>(
  found: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => CursorValue[],
): { page: Row[]; next: string | undefined } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last ? encodeCursor(cursorOf(last)) : undefined };
}

/** The `Link` value for a page: always `first`, and `next` where more rows follow. */
export function pageLinks(asked: Asked, nextCursor: string | undefined): string {
  const link = (rel: string, cursor: string | undefined) => {
    const url = addressOf(asked);
    url.searchParams.delete('cursor');
    if (cursor !== undefined) url.searchParams.set('cursor', cursor);
    return `<${url.href}>; rel="${rel}"`;
  };
  return nextCursor === undefined
    ? link('first', undefined)
    : `${link('next', nextCursor)}, ${link('first', undefined)}`;
}
