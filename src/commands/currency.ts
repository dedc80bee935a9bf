// Owns the refusal of a CURRENCY that is not the shop's.

import type { Kysely } from 'kysely';
import { findCurrency, insertCurrency } from '../catalog/shop-store.ts';
import type { Database } from '../platform/database.ts';
import { CannotStart } from './command.ts';

/**
 * Every process and command that tells a price or writes one begins with this.
 * @throws CannotStart where the shop has another currency; where it has none yet it takes this one
 */
export async function settleCurrency(db: Kysely<Database>, currency: string): Promise<void> {
  await insertCurrency(db, currency);
  await assertCurrency(db, currency);
}

/** The same for what changes nothing. */
export async function assertCurrency(db: Kysely<Database>, currency: string): Promise<void> {
  const problem = currencyProblem(await findCurrency(db), currency);
  if (problem !== undefined) throw new CannotStart(`${problem} ${currencyMend}`);
}

export const currencyMend =
  'Set CURRENCY to the shop’s, or see "Changing the currency" in docs/operations.md: it takes new prices.';

export const currencyProblem = (shops: string | undefined, currency: string): string | undefined =>
  shops === undefined || shops === currency
    ? undefined
    : `The prices of this shop are in ${shops}, and CURRENCY is ${currency}: the same numbers would be other prices.`;
