// Owns what the HTTP face of the catalogue is put together from.

import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Read } from '../platform/replica.ts';

/** How the catalogue is read for somebody: staff never wait behind those who are nobody, who have a share of the connections. */
export interface CatalogReads {
  /** Reads of those who are read for alike can be shared. */
  key: string;
  /** Lists: from the replica where there is one. */
  list: Read;
  /** As it is this moment. */
  now: Read;
}

export interface CatalogDeps {
  db: Kysely<Database>;
  readsOf: (request: FastifyRequest) => CatalogReads;
  clock: () => Date;
  newId: NewId;
  currency: string;
}
