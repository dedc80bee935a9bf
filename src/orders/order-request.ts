// Owns how a request to place an order becomes a placement: lines added up, phone in E.164, idempotency key.

import type { FastifyRequest } from 'fastify';
import { fingerprintOf, keyIdOf } from '../idempotency/request-key.ts';
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

type PlaceOrderRequest = FastifyRequest<{ Body: PlaceOrderBody; Headers: { 'idempotency-key'?: string } }>;

/** @throws Problem invalid-request for a phone number, key or sum of quantities that can't be. */
export async function toPlacement(request: PlaceOrderRequest, deps: PlacementDeps): Promise<Placement> {
  const identity = callerOf(request);
  const receivedAt = deps.clock();
  const phoneNumber = readPhone(request.body.phone_number, deps.defaultRegion, '/phone_number');
  const lines = addUp(request.body.items);
  const idempotencyId = keyIdOf(identity, request.headers['idempotency-key']);
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
    idempotencyId,
    fingerprint: fingerprintOf(asked),
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
