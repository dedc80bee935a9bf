// Owns what customers do to their own record: it starts when they first ask for it, and they may edit it.

import type { Kysely } from 'kysely';
import type { Identity } from '../identity/identity.ts';
import type { FindProfile } from '../identity/userinfo.ts';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { Problem, stale } from '../platform/problem.ts';
import { type Customer, newCustomer } from './customer.ts';
import { findCustomerByUserId, insertCustomer, lockCustomer, saveCustomers } from './store.ts';

export interface EditCustomerDeps {
  db: Kysely<Database>;
  findProfile: FindProfile;
  clock: () => Date;
  newId: NewId;
}

/**
 * The caller's record, created from their token when this is the first that is seen of them. Repeating it changes
 * nothing, so it may stand behind a GET; the id it gives stays the id in every order.
 */
export async function findOrCreateCustomer(
  deps: EditCustomerDeps,
  identity: Identity,
  authorization: string,
): Promise<Customer> {
  const found = await findCustomerByUserId(deps.db, identity.userId);
  if (found) return found;
  const profile = await deps.findProfile(identity, authorization);
  const now = deps.clock();
  await insertCustomer(deps.db, newCustomer(identity, profile, deps.newId(now), now));
  const created = await findCustomerByUserId(deps.db, identity.userId);
  // Whoever was erased in this very moment is a new customer.
  return created ?? findOrCreateCustomer(deps, identity, authorization);
}

export type CustomerEdit = Partial<Pick<Customer, 'name' | 'email' | 'phoneNumber' | 'address' | 'language'>>;

/**
 * @param isExpected whether the record is still what the caller has read
 * @throws Problem stale when it isn't
 */
export function editCustomer(
  deps: EditCustomerDeps,
  customer: Customer,
  edit: CustomerEdit,
  isExpected: (current: Customer) => boolean,
): Promise<Customer> {
  return deps.db.transaction().execute(async (trx) => {
    const current = await lockCustomer(trx, customer.userId);
    if (!current) throw new Problem(stale, 'Your record was erased a moment ago.');
    if (!isExpected(current)) throw new Problem(stale, 'Your record has changed since you read it.');
    const edited = { ...current, ...edit, updatedAt: deps.clock() };
    await saveCustomers(trx, [edited]);
    return edited;
  });
}
