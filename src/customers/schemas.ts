// Owns the shapes of customers on the wire, and how a customer becomes JSON.

import { type Static, Type } from 'typebox';
import { orNull, time, uuid } from '../platform/shapes.ts';
import { type Customer, languages, maxAddressLength, maxEmailLength, maxNameLength } from './customer.ts';

const example = {
  id: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2',
  name: 'Wanjiru Kamau',
  phonenumber: '+254712345678',
  email: 'wanjiru@example.com',
  address: 'Moi Avenue, Nairobi',
  language: 'sw',
  user: 'ab22a598-0c26-528f-801b-857334163b48',
};

const languageSchema = orNull(
  Type.Enum([...languages]),
  "What the shop's SMS are written in; null for the shop's own language.",
);

const fields = {
  id: uuid(),
  name: Type.String({ description: 'The subject of the token where no name is known.' }),
  phonenumber: Type.String({ description: 'E.164; empty when not known.' }),
  email: Type.String({ description: 'Empty when not known.' }),
  address: Type.String(),
  language: languageSchema,
  user: uuid('The identity behind the customer: UUIDv5 of issuer and subject.'),
};

export const customerSchema = Type.Object(fields, {
  $id: 'Customer',
  additionalProperties: false,
  examples: [example],
});

export type CustomerJson = Static<typeof customerSchema>;

export const customerRecordSchema = Type.Object(
  {
    ...fields,
    created_at: time(),
    updated_at: time(),
  },
  {
    $id: 'CustomerRecord',
    additionalProperties: false,
    examples: [{ ...example, created_at: '2026-02-14T12:15:01.808Z', updated_at: '2026-02-14T12:15:01.808Z' }],
  },
);

export const editCustomerBody = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: maxNameLength, pattern: '\\S' })),
    phonenumber: Type.Optional(
      Type.String({
        maxLength: 40,
        description: "E.164, or a local number of the store's region; empty to remove it.",
      }),
    ),
    email: Type.Optional(
      Type.String({
        maxLength: maxEmailLength,
        pattern: '^([^\\s@]+@[^\\s@]+)?$',
        description: 'Empty to remove it.',
      }),
    ),
    address: Type.Optional(Type.String({ maxLength: maxAddressLength })),
    language: Type.Optional(languageSchema),
  },
  {
    additionalProperties: false,
    examples: [{ name: example.name, phonenumber: '0712 345 678', address: example.address, language: 'sw' }],
  },
);

export type EditCustomerBody = Static<typeof editCustomerBody>;

export const customerJson = (customer: Customer): CustomerJson => ({
  id: customer.id,
  name: customer.name,
  phonenumber: customer.phoneNumber,
  email: customer.email,
  address: customer.address,
  language: customer.language,
  user: customer.userId,
});

export type CustomerRecordJson = Static<typeof customerRecordSchema>;

export const customerRecordJson = (customer: Customer): CustomerRecordJson => ({
  ...customerJson(customer),
  created_at: customer.createdAt.toISOString(),
  updated_at: customer.updatedAt.toISOString(),
});
