// Owns changes of opt-outs from outside: by staff on a customer's behalf, and by the network.

import type { Kysely } from 'kysely';
import { insertAuditEntry } from '../audit/store.ts';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { deleteOptOut, findOptOut, type OptOut, saveOptOut } from './opt-out-store.ts';

export interface ChangeOptOutsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

export interface OptOutChange {
  /** E.164. */
  phoneNumber: string;
  actorUserId: string;
  note: string;
}

/** What waits to be sent to the number is cancelled. One that is there already stays as it is. */
export function recordOptOut(deps: ChangeOptOutsDeps, change: OptOutChange): Promise<OptOut> {
  return deps.db.transaction().execute(async (trx) => {
    const now = deps.clock();
    if (await saveOptOut(trx, change.phoneNumber, 'staff', now)) {
      await insertAuditEntry(trx, { action: 'opted-out', ...entryOf(deps, change, now) });
    }
    return (await findOptOut(trx, change.phoneNumber)) as OptOut;
  });
}

/** What was cancelled stays so. A number that had not opted out stays as it is. */
export function liftOptOut(deps: ChangeOptOutsDeps, change: OptOutChange): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await deleteOptOut(trx, change.phoneNumber))) return;
    await insertAuditEntry(trx, { action: 'opted-in', ...entryOf(deps, change, deps.clock()) });
  });
}

/** The owner of the phone has told the network. */
export const recordNetworkOptOut = (db: Kysely<Database>, phoneNumber: string, now: Date): Promise<boolean> =>
  db.transaction().execute((trx) => saveOptOut(trx, phoneNumber, 'provider', now));

const entryOf = ({ newId }: ChangeOptOutsDeps, { phoneNumber, actorUserId, note }: OptOutChange, now: Date) => ({
  id: newId(now),
  subject: { type: 'opt-out', id: phoneNumber },
  note,
  actorUserId,
  createdAt: now,
});
