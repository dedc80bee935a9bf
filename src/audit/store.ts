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
  actor_name: string | null;
  subject_label: string | null;
  created_at: Date;
}

export interface Subject {
  /** `message`, `message-template`, `channel`, `opt-out` ... */
  type: string;
  /** By which people of the API know it: a UUID, a phone number, `order-pending/en`. */
  id: string;
  /** What people call it; undefined where its id says enough. */
  label?: string | undefined;
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
  /** As their token named them then. */
  actorName?: string | undefined;
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
      actor_name: entry.actorName ?? null,
      subject_label: entry.subject.label ?? null,
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

export interface AuditFilter {
  actorUserId?: string | undefined;
  /** Of any of these, or of one thing. */
  subjectType?: string | undefined;
  subjectId?: string | undefined;
  action?: string | undefined;
  /** Inclusive. */
  fromId?: string | undefined;
  /** Exclusive. */
  beforeId?: string | undefined;
}

export type FoundAuditEntry = Omit<AuditEntry, 'actorName'> & { actorName: string | null };

/** Newest first. */
export async function listAuditPage(
  db: Kysely<Database>,
  { actorUserId, subjectType, subjectId, action, fromId, beforeId }: AuditFilter,
  limit: number,
): Promise<FoundAuditEntry[]> {
  const conditions = [sql`true`];
  if (actorUserId !== undefined) conditions.push(sql`actor_user_id = ${actorUserId}::uuid`);
  if (subjectType !== undefined) conditions.push(sql`subject_type = ${subjectType}`);
  if (subjectId !== undefined) conditions.push(sql`subject_id = ${subjectId}`);
  if (action !== undefined) conditions.push(sql`action = ${action}`);
  if (fromId !== undefined) conditions.push(sql`id >= ${fromId}::uuid`);
  if (beforeId !== undefined) conditions.push(sql`id < ${beforeId}::uuid`);
  const { rows } = await sql<FoundAuditEntry>`
    select id, action, note, changes, actor_user_id as "actorUserId", actor_name as "actorName", created_at as "createdAt",
      jsonb_build_object('type', subject_type, 'id', subject_id, 'label', coalesce(subject_label, subject_id)) as subject
    from audit_trail where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit}`.execute(db);
  return rows;
}
