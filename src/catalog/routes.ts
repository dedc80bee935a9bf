// Owns the HTTP face of the catalogue as a whole.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import type { NewId } from '../platform/ids.ts';
import type { Read } from '../platform/replica.ts';
import { registerCategories } from './category-routes.ts';
import { registerProducts } from './product-routes.ts';

export interface CatalogDeps {
  db: Kysely<Database>;
  read: Read;
  clock: () => Date;
  newId: NewId;
  currency: string;
  publicUrl: string;
}

export function registerCatalog(app: App, deps: CatalogDeps): void {
  registerCategories(app, deps);
  registerProducts(app, deps);
}
