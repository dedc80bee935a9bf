// Owns what the HTTP face of the catalogue is put together from.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Read } from '../platform/replica.ts';

export interface CatalogDeps {
  db: Kysely<Database>;
  /** For lists that anybody may ask for: from the replica where there is one, within the share of those who are nobody. */
  readOpenly: Read;
  /** As it is this moment, within the same share. */
  readOpenlyNow: Read;
  clock: () => Date;
  newId: NewId;
  currency: string;
}
