// Owns the shapes of personal data on the wire: erasures, and what a person is given of all that is held on them.

import { type Static, Type } from 'typebox';
import { textCommands } from '../conversations/store.ts';
import type { CustomerRecordJson } from '../customers/schemas.ts';
import type { OptOutJson } from '../messages/opt-out-routes.ts';
import type { OrderJson } from '../orders/schemas.ts';
import { isoOrNull, orNull, time, timeOrNull, uuid } from '../platform/shapes.ts';
import type { EventJson } from '../timeline/schemas.ts';
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

const changeSchema = Type.Object({
  action: Type.String({ description: 'What was done.' }),
  changes: Type.Record(Type.String(), Type.Unknown(), { description: 'Each field: what it was, and what it is.' }),
  created_at: time('When.'),
});

export type ChangeJson = Static<typeof changeSchema>;

const textSchema = Type.Object({
  sender: Type.String({ description: 'The phone that it came from.' }),
  text: Type.String(),
  command: orNull(Type.Enum([...textCommands]), 'What it was taken for.'),
  received_at: time(),
  text_removed_at: timeOrNull('When its text was removed.'),
});

const headFields = {
  exported_at: time('When this was begun.'),
  customer: orNull(Type.Ref('CustomerRecord'), 'Null where nothing is held.'),
  sign_in: orNull(
    Type.Object({ issuer: Type.String(), subject: Type.String() }),
    'By what the customer is known at sign-in.',
  ),
  phone_numbers: Type.Array(Type.String(), { description: 'That they have or had, or ordered with.' }),
  opt_outs: Type.Array(Type.Ref('OptOut'), {
    description: 'Those of these numbers that get no SMS, where nobody else has the number.',
  }),
  changes: Type.Array(changeSchema, { description: 'What staff did to the record, newest first.' }),
};

const orderFields = {
  texts: Type.Array(textSchema, { description: 'What was texted about it, oldest first.' }),
  changes: Type.Array(changeSchema, { description: 'What staff changed about it, newest first.' }),
};

export const customerDataSchema = Type.Object(
  {
    ...headFields,
    orders: Type.Array(Type.Intersect([Type.Ref('Order'), Type.Object(orderFields)]), {
      description:
        'Oldest first, each with its lines, its `events`, and the SMS about it with their texts and attempts.',
    }),
  },
  {
    $id: 'CustomerData',
    examples: [
      {
        exported_at: '2026-02-14T12:15:01.808Z',
        customer: null,
        sign_in: null,
        phone_numbers: [],
        opt_outs: [],
        changes: [],
        orders: [],
      },
    ],
  },
);

type Head = Static<ReturnType<typeof Type.Object<typeof headFields>>>;

export type CustomerDataHead = Omit<Head, 'customer' | 'opt_outs'> & {
  customer: CustomerRecordJson | null;
  opt_outs: OptOutJson[];
};

export type CustomerDataOrder = OrderJson & { events: EventJson[] } & Static<
    ReturnType<typeof Type.Object<typeof orderFields>>
  >;
