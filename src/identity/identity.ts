// Owns who a caller can be and what staff may do.

/** Staff rights: Auth0 RBAC `permissions`, united with the words of `scope`. */
export const permissions = [
  'catalog:write',
  'orders:read',
  'orders:manage',
  'customers:read',
  'notifications:read',
  'notifications:manage',
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
