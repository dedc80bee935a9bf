// Owns the SQL of what staff did to texts, messages and channels: written once, never changed.

import type { Kysely } from 'kysely';
import type { Language } from '../customers/customer.ts';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    notification_actions: NotificationActionsTable;
  }
}

interface NotificationActionsTable {
  id: string;
  action: 'template-edited' | 'template-reset';
  template_kind: string | null;
  template_language: Language | null;
  note: string;
  actor_user_id: string;
  created_at: Date;
}

export interface TemplateAction {
  action: 'template-edited' | 'template-reset';
  /** The text it was given, or that came back. */
  text: string;
  actorUserId: string;
  createdAt: Date;
}

export async function insertTemplateAction(
  trx: Transaction,
  template: { kind: string; language: Language },
  { action, text, actorUserId, createdAt }: TemplateAction,
  id: string,
): Promise<void> {
  await trx
    .insertInto('notification_actions')
    .values({
      id,
      action,
      template_kind: template.kind,
      template_language: template.language,
      note: text,
      actor_user_id: actorUserId,
      created_at: createdAt,
    })
    .execute();
}

/** Newest first. */
export function listTemplateActions(
  db: Kysely<Database>,
  template: { kind: string; language: Language },
  limit: number,
): Promise<TemplateAction[]> {
  return db
    .selectFrom('notification_actions')
    .select(['action', 'note as text', 'actor_user_id as actorUserId', 'created_at as createdAt'])
    .where('template_kind', '=', template.kind)
    .where('template_language', '=', template.language)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
