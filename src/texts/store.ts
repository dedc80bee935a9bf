// Owns the SQL of the texts that staff have written in place of the built-in ones.

import { type Kysely, sql } from 'kysely';
import type { Language } from '../customers/customer.ts';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    message_templates: MessageTemplatesTable;
  }
}

interface MessageTemplatesTable {
  kind: string;
  language: Language;
  text: string;
  updated_by: string;
  updated_at: Date;
}

export interface TemplateEdit {
  kind: string;
  language: Language;
  text: string;
  /** The user who wrote it. */
  updatedBy: string;
  updatedAt: Date;
}

/** All there are: at most one for each kind and language. */
export function listTemplateEdits(db: Kysely<Database>): Promise<TemplateEdit[]> {
  return db
    .selectFrom('message_templates')
    .select(['kind', 'language', 'text', 'updated_by as updatedBy', 'updated_at as updatedAt'])
    .execute();
}

export async function findTemplateEdit(
  db: Kysely<Database>,
  kind: string,
  language: Language,
): Promise<TemplateEdit | undefined> {
  return (await listTemplateEdits(db)).find((edit) => edit.kind === kind && edit.language === language);
}

/** Changes of texts wait for each other; whoever reads them doesn't. */
export async function lockTemplates(trx: Transaction): Promise<void> {
  await sql`lock table message_templates in share row exclusive mode`.execute(trx);
}

export async function saveTemplateEdit(trx: Transaction, edit: TemplateEdit): Promise<void> {
  const { kind, language, text, updatedBy: updated_by, updatedAt: updated_at } = edit;
  await trx
    .insertInto('message_templates')
    .values({ kind, language, text, updated_by, updated_at })
    .onConflict((conflict) => conflict.columns(['kind', 'language']).doUpdateSet({ text, updated_by, updated_at }))
    .execute();
}

export async function deleteTemplateEdit(trx: Transaction, kind: string, language: Language): Promise<void> {
  await trx.deleteFrom('message_templates').where('kind', '=', kind).where('language', '=', language).execute();
}
