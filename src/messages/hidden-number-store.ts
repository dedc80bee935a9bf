// Owns how the number of somebody who was erased is kept where it must still be known: by a hash under a key of the shop's own.

import { type RawBuilder, sql } from 'kysely';

declare module '../platform/database.ts' {
  interface Database {
    opt_out_key: { is_only: boolean; key: Buffer };
  }
}

/**
 * SHA-256 of the key and the number, in hex. It can't be looked up in lists of hashed numbers, nor joined with those of other
 * shops; whoever has the whole database could still try every number, so it is kept for this one purpose.
 */
export const hiddenNumber = (phone: RawBuilder<unknown>): RawBuilder<string> =>
  sql`(select encode(sha256(key || convert_to(${phone}, 'UTF8')), 'hex') from opt_out_key)`;

/** What a number may be kept as: itself, or hidden. To stand behind `in`. */
export const asKept = (phone: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${phone}, ${hiddenNumber(phone)})`;
