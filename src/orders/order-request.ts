// Owns how a request to place an order becomes a placement: lines added up, phone in E.164, idempotency key.

import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { callerOf } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import { readPhone } from '../phones/phone.ts';
import type { NewId } from '../platform/ids.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';
import type { Placement } from './decide-placements.ts';
import { maxQuantity } from './order.ts';
import type { PlaceOrderBody } from './schemas.ts';

export interface PlacementDeps {
  clock: () => Date;
  newId: NewId;
  /** Name and e-mail of a caller who is not a customer yet; see identity/userinfo.ts. */
  findProfile: (identity: Identity, authorization: string) => Promise<{ name: string; email: string }>;
  defaultRegion: string;
}

export const idempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'Any unique text, quoted or bare (draft-ietf-httpapi-idempotency-key-header-07). Yours alone; kept as long as the order.',
      examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    }),
  ),
});

type PlaceOrderRequest = FastifyRequest<{ Body: PlaceOrderBody; Headers: { 'idempotency-key'?: string } }>;

/** @throws Problem invalid-request for a phone number, key or sum of quantities that can't be. */
export async function toPlacement(request: PlaceOrderRequest, deps: PlacementDeps): Promise<Placement> {
  const identity = callerOf(request);
  const receivedAt = deps.clock();
  const phoneNumber = readPhone(request.body.phone_number, deps.defaultRegion, '/phone_number');
  const lines = addUp(request.body.items);
  const key = readKey(request.headers['idempotency-key']);
  const asked = JSON.stringify([phoneNumber, lines.map((line) => [line.productId, line.quantity])]);
  const profile =
    identity.name !== undefined && identity.email !== undefined
      ? { name: identity.name, email: identity.email }
      : await deps.findProfile(identity, request.headers.authorization ?? '');
  return {
    orderId: deps.newId(receivedAt),
    receivedAt,
    identity,
    profile,
    phoneNumber,
    lines,
    idempotencyId: key === undefined ? undefined : halfHash(`${identity.userId} ${key}`),
    fingerprint: halfHash(asked),
    traceparent: request.span?.traceparent,
  };
}

function addUp(items: PlaceOrderBody['items']): Placement['lines'] {
  const lines = new Map<string, Placement['lines'][number]>();
  for (const [position, item] of items.entries()) {
    const productId = item.product.toLowerCase();
    const line = lines.get(productId);
    if (!line) {
      lines.set(productId, { productId, quantity: item.quantity, positions: [position] });
      continue;
    }
    line.quantity += item.quantity;
    line.positions.push(position);
    if (line.quantity > maxQuantity) {
      throw new Problem(invalidRequest, 'The quantities of one product add up to too many.', {
        errors: [{ pointer: `/items/${position}/quantity`, detail: `brings the product over ${maxQuantity}` }],
      });
    }
  }
  return [...lines.values()];
}

/** `"key"` (a structured-field string, RFC 8941, section 3.3.3) and a bare key are the same key. */
function readKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim());
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header.trim();
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem(invalidRequest, 'The idempotency key is not valid.', {
    errors: [{ pointer: '?idempotency-key', detail: 'must be 1 to 255 printable ASCII characters' }],
  });
}

/** The first 128 bits of the SHA-256, written as a UUID because that is the column type of 16 bytes. */
function halfHash(text: string): string {
  const hex = hash('sha256', text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
