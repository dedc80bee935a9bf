// Owns the SQL that takes a person out of the audit trail: what was done, when and by whom stays, what was written about it goes.

import { sql } from 'kysely';
import type { Transaction } from '../platform/database.ts';

/** The members of `changes` that say nothing of a person. */
const impersonal = ['status', 'copied_as'];

/** Takes notes, and what a person's data were, out of what is said of these things. */
export async function eraseAuditWords(trx: Transaction, type: string, ids: readonly string[]): Promise<void> {
  await sql`
    update audit_trail set note = '', changes = (
      select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(changes) where key = any (${impersonal}::text[]))
    where subject_type = ${type} and subject_id = any (${ids}::text[]) and (note <> '' or changes <> '{}')`.execute(
    trx,
  );
  if (type !== 'message') return;
  // Where an earlier release writes, whose entries are copied into the trail.
  await sql`update notification_actions set note = '' where message_id = any (${ids}::uuid[]) and note <> ''`.execute(
    trx,
  );
}

/** What is said of a phone number is said of what it is hidden as. */
export async function hideAuditedNumber(trx: Transaction, phoneNumber: string, hidden: string): Promise<void> {
  await sql`
    update audit_trail set subject_id = ${hidden}, subject_label = null, note = ''
    where subject_type = 'opt-out' and subject_id = ${phoneNumber}`.execute(trx);
  await sql`delete from notification_actions where phone_number = ${phoneNumber}`.execute(trx);
}
