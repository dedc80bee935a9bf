// Owns the decision to apply a file that was looked at: once, with who decided it on the audit trail.

import { insertAuditEntry } from '../audit/store.ts';
import type { Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { notFound, Problem } from '../platform/problem.ts';
import type { ProductImport } from './import.ts';
import { lockImport, saveApplying } from './import-store.ts';

export interface StartApplyingDeps {
  clock: () => Date;
  newId: NewId;
}

/** What is being applied, or was, stays as it is. @throws Problem not-found */
export async function startApplying(
  deps: StartApplyingDeps,
  trx: Transaction,
  id: string,
  actorUserId: string,
): Promise<ProductImport> {
  const found = await lockImport(trx, id);
  if (!found) throw new Problem(notFound, 'There is no such import; a file is kept for a week.');
  if (found.status !== 'checked') return found;
  const now = deps.clock();
  await saveApplying(trx, id, now);
  const { creates, updates } = found.preview;
  await insertAuditEntry(trx, {
    id: deps.newId(now),
    action: 'applied',
    subject: { type: 'product-import', id },
    note: `${found.rowCount} rows: ${creates} to create, ${updates} to update`,
    actorUserId,
    createdAt: now,
  });
  return { ...found, status: 'applying', updatedAt: now };
}
