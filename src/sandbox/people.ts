// Owns who can sign in to the local token issuer, and with what.

import { createHash } from 'node:crypto';
import { type Permission, permissions } from '../identity/identity.ts';

export interface Person {
  /** Auth0's form, `auth0|` and 24 hex digits: the same for the same user name always. */
  subject: string;
  name: string;
  email: string;
  permissions: readonly string[];
}

export const password = 'agizo';
export const staffUsername = 'staff@agizo.test';
export const machine = { clientId: 'agizo-machine', clientSecret: 'agizo', permissions };

/** People who may do some of what staff may. */
const colleagues: Readonly<Record<string, readonly Permission[]>> = {
  'clerk@agizo.test': ['orders:read', 'orders:manage', 'customers:read'],
  'cashier@agizo.test': ['orders:read', 'payments:read', 'payments:manage'],
  'rider@agizo.test': ['fulfilment:deliver'],
  'viewer@agizo.test': permissions.filter((permission) => permission.endsWith(':read')),
};

const username = /^[a-z0-9][a-z0-9._+-]{0,63}@agizo\.test$/;

/** The person behind a user name: anybody at agizo.test, staff with every permission, and colleagues with some. Undefined for anybody else. */
export function findPerson(input: string): Person | undefined {
  const email = input.trim().toLowerCase();
  if (!username.test(email)) return undefined;
  return {
    subject: `auth0|${createHash('sha256').update(email).digest('hex').slice(0, 24)}`,
    name: nameOf(email),
    email,
    permissions: email === staffUsername ? permissions : (colleagues[email] ?? []),
  };
}

/** `jane.doe@agizo.test` is Jane Doe. */
function nameOf(email: string): string {
  const words = email
    .slice(0, email.indexOf('@'))
    .split(/[._+-]+/)
    .filter((word) => word !== '');
  return words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join(' ');
}
