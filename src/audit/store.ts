// Owns the SQL of the audit trail: who did what to what, written in the transaction of the change and edited by nothing but an erasure.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    audit_trail: AuditTrailTable;
  }
}

interface AuditTrailTable {
  id: string;
  action: string;
  subject_type: string;
  subject_id: string;
  note: string;
  changes: unknown;
  actor_user_id: string;
  created_at: Date;
}

export interface Subject {
  /** `message`, `message-template`, `channel`, `opt-out` ... */
  type: string;
  /** By which people of the API know it: a UUID, a phone number, `order-pending/en`. */
  id: string;
}

export interface AuditEntry {
  id: string;
  /** A word for what was done, such as `resent`. */
  action: string;
  subject: Subject;
  /** Why, in the words of who did it. */
  note: string;
  /** Each field that changed: what it was, and what it is. */
  changes: Readonly<Record<string, readonly [unknown, unknown]>>;
  actorUserId: string;
  createdAt: Date;
}

/** Without a note, and without fields that changed, unless given. */
export type NewAuditEntry = Omit<AuditEntry, 'note' | 'changes'> & Partial<Pick<AuditEntry, 'note' | 'changes'>>;

export async function insertAuditEntry(trx: Transaction, entry: NewAuditEntry): Promise<void> {
  await trx
    .insertInto('audit_trail')
    .values({
      id: entry.id,
      action: entry.action,
      subject_type: entry.subject.type,
      subject_id: entry.subject.id,
      note: entry.note ?? '',
      changes: JSON.stringify(entry.changes ?? {}),
      actor_user_id: entry.actorUserId,
      created_at: entry.createdAt,
    })
    .execute();
}

/** What was done to one thing, newest first. */
export async function listAuditEntries(db: Kysely<Database>, subject: Subject, limit: number): Promise<AuditEntry[]> {
  const { rows } = await sql<Omit<AuditEntry, 'subject'>>`
    select id, action, note, changes, actor_user_id as "actorUserId", created_at as "createdAt"
    from audit_trail where subject_type = ${subject.type} and subject_id = ${subject.id}
    order by id desc limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, subject }));
}
