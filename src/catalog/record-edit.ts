// Owns what the audit trail says of an edit of the catalogue: each field that changed, as it was and as it is.

import { type AuditEntry, insertAuditEntry } from '../audit/store.ts';
import type { Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Category } from './category.ts';
import type { Product } from './product.ts';

/** The person or machine whose token it was. */
export interface Editor {
  userId: string;
  name: string | undefined;
}

export interface RecordDeps {
  newId: NewId;
  /** Undefined where it is part of something that has an entry of its own, as an import has. */
  by?: Editor | undefined;
}

type Fields = Readonly<Record<string, string | number | null>>;

const productFields = ({ name, description, priceMinor, categoryId, sku, stock, maxPerOrder }: Product): Fields => ({
  name,
  description,
  price_minor: priceMinor,
  category: categoryId,
  sku,
  stock,
  max_per_order: maxPerOrder,
});

const categoryFields = ({ title, parentId, code }: Category): Fields => ({ title, parent: parentId, code });

/** @param before undefined for one that is new @param after undefined for one that is gone */
export const recordProduct = (
  deps: RecordDeps,
  trx: Transaction,
  now: Date,
  before: Product | undefined,
  after: Product | undefined,
): Promise<void> => {
  const { id, name } = (after ?? before) as Product;
  const changes = changesBetween(before && productFields(before), after && productFields(after));
  return record(deps, trx, now, { type: 'product', id, label: name }, actionOf(before, after), changes);
};

/** As {@link recordProduct}. */
export const recordCategory = (
  deps: RecordDeps,
  trx: Transaction,
  now: Date,
  before: Category | undefined,
  after: Category | undefined,
): Promise<void> => {
  const { id, title } = (after ?? before) as Category;
  const changes = changesBetween(before && categoryFields(before), after && categoryFields(after));
  return record(deps, trx, now, { type: 'category', id, label: title }, actionOf(before, after), changes);
};

const actionOf = (before: unknown, after: unknown): string =>
  before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed';

function changesBetween(before: Fields | undefined, after: Fields | undefined): AuditEntry['changes'] {
  const names = Object.keys(before ?? after ?? {});
  return Object.fromEntries(
    names
      .map((name) => [name, [before?.[name] ?? null, after?.[name] ?? null]] as const)
      .filter(([, [was, is]]) => was !== is),
  );
}

async function record(
  { newId, by }: RecordDeps,
  trx: Transaction,
  now: Date,
  subject: AuditEntry['subject'],
  action: string,
  changes: AuditEntry['changes'],
): Promise<void> {
  if (!by || Object.keys(changes).length === 0) return;
  const entry = { id: newId(now), action, subject, changes, createdAt: now };
  await insertAuditEntry(trx, { ...entry, actorUserId: by.userId, actorName: by.name });
}
