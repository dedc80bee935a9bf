// Owns finding customers: what staff can search them by, and one page of them.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { phonePrefix } from '../phones/phone.ts';
import type { Asked } from '../platform/addresses.ts';
import type { Database } from '../platform/database.ts';
import { cutPage, decodeIdCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { decodePlace, placeValues } from '../search/place-cursor.ts';
import type { Customer } from './customer.ts';
import { type CustomerFilter, listCustomers, listCustomersByName } from './customer-list-store.ts';

export const customerListQuery = Type.Object(
  {
    ...pageQuery,
    search: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 100,
        description:
          'The beginning of a phone number or (with its @) of an e-mail address, or words of a name or their beginnings, with ' +
          'or without marks and apostrophes. Names come with the best match first: those that are just this, then those with ' +
          'all these words, then those with words that begin so, and the newest customers of each first. Typing errors are ' +
          'forgiven where no name has the words.',
        examples: ['muthiga'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** One page of the customers asked for, its `Link` header, and the cursor of the next if there is one. @throws Problem invalid-request for a cursor. */
export async function findCustomers(
  { db, defaultRegion }: { db: Kysely<Database>; defaultRegion: string },
  query: Static<typeof customerListQuery>,
  asked: Asked,
): Promise<{ customers: Customer[]; links: string; next: string | undefined }> {
  const limit = pageSize(query);
  const filter = query.search === undefined ? {} : contactOf(query.search, defaultRegion);
  if (query.search !== undefined && !filter) {
    const after = query.cursor === undefined ? undefined : decodePlace(query.cursor);
    const found = await listCustomersByName(db, query.search, after, limit + 1);
    const { page, next } = cutPage(found, limit, placeValues);
    return { customers: page, links: pageLinks(asked, next), next };
  }
  const beforeId = query.cursor === undefined ? undefined : decodeIdCursor(query.cursor);
  const found = await listCustomers(db, { ...filter, beforeId }, limit + 1);
  const { page, next } = cutPage(found, limit, (last) => [last.id]);
  return { customers: page, links: pageLinks(asked, next), next };
}

/** The phone number or e-mail address that a search is for; undefined when it is for a name. */
function contactOf(search: string, defaultRegion: string): CustomerFilter | undefined {
  const prefix = phonePrefix(search, defaultRegion);
  if (prefix !== undefined) return { phonePrefix: prefix };
  return search.includes('@') ? { emailPrefix: search } : undefined;
}
