// Owns who a caller can be, how a token's claims say it, and what staff may do.

import { v5 } from 'uuid';
import { isStorable } from '../platform/text.ts';
import { visibleText } from '../writing/visible-text.ts';

/** Staff rights, as a token's `permissions` or `scope` says them, see `permissionsOf`. */
export const permissions = [
  'catalog:write',
  'orders:read',
  'orders:manage',
  'customers:read',
  'notifications:read',
  'notifications:manage',
  'reports:read',
  'audit:read',
  'payments:read',
  'payments:manage',
  'fulfilment:manage',
  'fulfilment:deliver',
  'promotions:manage',
  'customers:manage',
] as const;

export type Permission = (typeof permissions)[number];

/** A verified caller. `issuer` + `subject` is the identity; e-mail and phone never are. */
export interface Identity {
  issuer: string;
  subject: string;
  /** UUIDv5 of issuer and subject: the same for the same person always, shown as `customer.user`. */
  userId: string;
  /** A machine token (client credentials): may do staff work its permissions allow, is nobody's customer. */
  isMachine: boolean;
  permissions: ReadonlySet<Permission>;
  /** From the token's claims, plain or namespaced. Undefined when the token carries none. */
  name: string | undefined;
  email: string | undefined;
}

/** What people are called where they are shown. */
export interface Profile {
  /** At most 200 characters; the subject where no name is known. */
  name: string;
  /** At most 320 characters; empty when not known. */
  email: string;
}

export type Claims = Readonly<Record<string, unknown>>;

// OpenID Connect Core, section 2: a subject has at most 255 characters.
const maxSubjectLength = 255;
const maxNameLength = 200;
const maxEmailLength = 320;

// The namespace of user ids. Changing it would turn every customer into a stranger.
const userIdNamespace = '5b0a3a2e-6f0c-4c55-9d8e-0f3c1d7a42b6';

// An issuer is a URL and holds no space, so no two pairs share a text.
const userIdOf = (issuer: string, subject: string): string => v5(`${issuer} ${subject}`, userIdNamespace);

/** Whose `scope` says what they may do, where a token has no `permissions`. */
export type ScopeCounts = 'machines' | 'everybody';

/** Reads verified claims. Undefined when they name nobody: `sub` is missing, too long or not storable. */
export function identityOf(issuer: string, claims: Claims, scopeCounts: ScopeCounts): Identity | undefined {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '' || subject.length > maxSubjectLength || !isStorable(subject)) {
    return undefined;
  }
  const isMachine = claims['gty'] === 'client-credentials' || subject.endsWith('@clients');
  return {
    issuer,
    subject,
    userId: userIdOf(issuer, subject),
    isMachine,
    permissions: permissionsOf(claims, isMachine || scopeCounts === 'everybody'),
    ...profileClaims(claims),
  };
}

/**
 * A `permissions` claim wins: it is there, if only empty, where the issuer knows who is staff. The `scope` of a person's token may
 * be whatever their application asked for (Auth0 without RBAC gives all of it); that of a machine's is what was granted to it.
 */
function permissionsOf(claims: Claims, doesScopeCount: boolean): ReadonlySet<Permission> {
  const { permissions: listed, scope } = claims;
  const inScope = doesScopeCount && typeof scope === 'string' ? scope.split(' ') : [];
  const granted = new Set<unknown>(Array.isArray(listed) ? listed : listed === undefined ? inScope : []);
  return new Set(permissions.filter((permission) => granted.has(permission)));
}

/** `name` and `email` as a token or /userinfo carries them: plain, or under a namespace (`https://example.com/email`). */
export function profileClaims(claims: Claims): { name: string | undefined; email: string | undefined } {
  return { name: readName(findClaim(claims, 'name')), email: readEmail(findClaim(claims, 'email')) };
}

function findClaim(claims: Claims, name: string): unknown {
  if (claims[name] !== undefined) return claims[name];
  const namespaced = Object.keys(claims).find((key) => /^https?:\/\//.test(key) && key.endsWith(`/${name}`));
  return namespaced === undefined ? undefined : claims[namespaced];
}

function readName(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || !isStorable(claim)) return undefined;
  return shorten(visibleText(claim).trim()) || undefined;
}

/** Half an address would be somebody else's, so one that is too long is none. */
function readEmail(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || !isStorable(claim)) return undefined;
  const email = visibleText(claim).trim();
  return email.length <= maxEmailLength && /^[^\s@]+@[^\s@]+$/.test(email) ? email : undefined;
}

/** Cut between whole characters, never inside one that takes two UTF-16 units. */
const shorten = (text: string): string =>
  text.length <= maxNameLength ? text : Array.from(text).slice(0, maxNameLength).join('').trimEnd();

/** What stands for a name that isn't known. */
export const nameFromSubject = (subject: string): string => shorten(visibleText(subject) || subject);
