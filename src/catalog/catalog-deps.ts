// Owns what the HTTP face of the catalogue is put together from.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Read } from '../platform/replica.ts';

export interface CatalogDeps {
  db: Kysely<Database>;
  read: Read;
  clock: () => Date;
  newId: NewId;
  currency: string;
  publicUrl: string;
}
