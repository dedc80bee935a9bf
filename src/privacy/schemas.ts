// Owns the shapes of erasures on the wire.

import { type Static, Type } from 'typebox';
import { isoOrNull, time, timeOrNull, uuid } from '../platform/shapes.ts';
import type { Erasure } from './erasure-store.ts';

export const erasureSchema = Type.Object(
  {
    customer: uuid('The customer, who is there under a pseudonym.'),
    requested_at: time('Since then nothing leads from the person to the customer and their orders.'),
    erased_at: timeOrNull(
      'When the last message and text was gone through; null while that lasts, a minute as a rule and a few for 100,000 orders.',
    ),
  },
  {
    $id: 'Erasure',
    additionalProperties: false,
    examples: [
      {
        customer: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2',
        requested_at: '2026-02-14T12:15:01.808Z',
        erased_at: '2026-02-14T12:15:02.960Z',
      },
    ],
  },
);

export const erasureJson = ({ customerId, requestedAt, erasedAt }: Erasure): Static<typeof erasureSchema> => ({
  customer: customerId,
  requested_at: requestedAt.toISOString(),
  erased_at: isoOrNull(erasedAt),
});
