// Owns what a customer is, and which of two sources tells us who they are.

import { nameFromSubject, type Profile } from '../identity/identity.ts';

/** What the shop can write to a customer in: English and Swahili (ISO 639-1). */
export const languages = ['en', 'sw'] as const;

export type Language = (typeof languages)[number];

export interface Customer extends Profile {
  id: string;
  /** The identity's UUID, see `Identity.userId`. */
  userId: string;
  issuer: string;
  subject: string;
  /** E.164, empty when not known. */
  phoneNumber: string;
  address: string;
  /** Null: the shop's own, DEFAULT_LANGUAGE. */
  language: Language | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A number that a customer has or had. */
export interface CustomerNumber {
  phoneNumber: string;
  /** Another customer has it too. */
  isShared: boolean;
}

export const maxNameLength = 200;
export const maxEmailLength = 320;
export const maxAddressLength = 500;

/** How a customer starts: as their token knows them. */
export function newCustomer(
  identity: { userId: string; issuer: string; subject: string },
  profile: Profile,
  id: string,
  now: Date,
): Customer {
  return {
    id,
    userId: identity.userId,
    issuer: identity.issuer,
    subject: identity.subject,
    name: profile.name,
    email: profile.email,
    phoneNumber: '',
    address: '',
    language: null,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * The customer with the gaps filled from a token: a name that is only the subject, an e-mail that is empty. What is
 * known is left alone, because the customer may have written it themselves and the token is the older source.
 * Returns the same object when there is nothing to fill.
 */
export function fillProfile(customer: Customer, profile: Profile, now: Date): Customer {
  const name = customer.name === nameFromSubject(customer.subject) ? profile.name : customer.name;
  const email = customer.email === '' ? profile.email : customer.email;
  if (name === customer.name && email === customer.email) return customer;
  return { ...customer, name, email, updatedAt: now };
}
