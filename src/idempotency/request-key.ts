// Owns how a request names itself, so that it can be sent again: the `Idempotency-Key`, and a fingerprint of what it asks for.

import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { callerOf } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import { invalidRequest, Problem, type ProblemType } from '../platform/problem.ts';

/** Both are 128 bits of a hash. */
export interface RequestKey {
  /** Of the caller and the key: nobody meets the keys of others. */
  id: string;
  /** Of what is asked for. */
  fingerprint: string;
}

export const keyReused: ProblemType = {
  slug: 'idempotency-key-reused',
  status: 422,
  title: 'The idempotency key was used for another request',
  meaning: 'A key stands for one request: send the same body again, or use a new key for a new request.',
};

/** @param kept how long, as the end of a sentence */
export const idempotencyHeader = (kept: string) =>
  Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: `Any unique text, quoted or bare (draft-ietf-httpapi-idempotency-key-header-07). Yours alone; kept ${kept}.`,
        examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
      }),
    ),
  });

/** `"key"` (a structured-field string, RFC 8941, section 3.3.3) and a bare key are the same key. */
function readKey(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim());
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header.trim();
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem(invalidRequest, 'The idempotency key is not valid.', {
    errors: [{ pointer: '?idempotency-key', detail: 'must be 1 to 255 printable ASCII characters' }],
  });
}

/** Of a caller's key; undefined without one. @throws Problem invalid-request */
export const keyIdOf = (identity: Identity, header: string | undefined): string | undefined =>
  header === undefined ? undefined : halfHash(`${identity.userId} ${readKey(header)}`);

/** Of text that says all that is asked for. */
export const fingerprintOf = (asked: string): string => halfHash(asked);

/** @param asked all that is asked for, as it was checked, its members in any order @throws Problem invalid-request */
export function requestKey(
  request: FastifyRequest<{ Headers: { 'idempotency-key'?: string } }>,
  asked: object,
): RequestKey | undefined {
  const id = keyIdOf(callerOf(request), request.headers['idempotency-key']);
  const operation = `${request.method} ${request.routeOptions.url}`;
  const members = Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return id === undefined ? undefined : { id, fingerprint: fingerprintOf(JSON.stringify([operation, members])) };
}

/** The key of a part of what is asked for, which is done by itself. @param part which of them, such as an id */
export const partKey = (key: RequestKey | undefined, part: string): RequestKey | undefined =>
  key && { id: halfHash(`${key.id} ${part}`), fingerprint: key.fingerprint };

/** The first 128 bits of the SHA-256, written as a UUID because that is the column type of 16 bytes. */
function halfHash(text: string): string {
  const hex = hash('sha256', text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
