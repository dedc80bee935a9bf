// Owns changes of the texts of SMS by staff: writing one, and going back to the built-in one.

import { hash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { insertAuditEntry, type Subject } from '../audit/store.ts';
import type { Language } from '../customers/customer.ts';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { invalidRequest, Problem, stale } from '../platform/problem.ts';
import { deleteTemplateEdit, findTemplateEdit, lockTemplates, saveTemplateEdit, type TemplateEdit } from './store.ts';
import { builtInTexts, type TemplateKind, templateErrors } from './template.ts';

export interface EditTemplatesDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

export interface TemplateChange {
  kind: TemplateKind;
  language: Language;
  actorUserId: string;
  /** Whether the caller has read the text that is about to be changed. */
  isExpected: (etag: string) => boolean;
}

/** As the audit trail knows a text. */
export const templateSubject = ({ kind, language }: Pick<TemplateChange, 'kind' | 'language'>): Subject => ({
  type: 'message-template',
  id: `${kind}/${language}`,
});

/** Stands for the text, and for whether it is the built-in one. */
export const templateEtag = (kind: TemplateKind, language: Language, edit: TemplateEdit | undefined): string =>
  `"${hash('sha256', edit ? `edited ${edit.text}` : `built-in ${builtInTexts[kind][language]}`).slice(0, 32)}"`;

/** @throws Problem invalid-request naming everything that is wrong with the text */
export function assertTemplate(text: string): void {
  const errors = templateErrors(text);
  if (errors.length > 0) throw new Problem(invalidRequest, 'The text cannot be used as a template.', { errors });
}

/**
 * From the next SMS on the customers of this language read this text. What is queued already stays as it is.
 * @throws Problem invalid-request, stale
 */
export function editTemplate(deps: EditTemplatesDeps, change: TemplateChange, text: string): Promise<TemplateEdit> {
  assertTemplate(text);
  const { kind, language, actorUserId } = change;
  return deps.db.transaction().execute(async (trx) => {
    await lockTemplates(trx);
    const before = await findTemplateEdit(trx, kind, language);
    assertExpected(change, before);
    if (before?.text === text) return before;
    const now = deps.clock();
    const edit: TemplateEdit = { kind, language, text, updatedBy: actorUserId, updatedAt: now };
    await saveTemplateEdit(trx, edit);
    const entry = { action: 'template-edited', subject: templateSubject(change), actorUserId, createdAt: now };
    const changes = { text: [before?.text ?? builtInTexts[kind][language], text] } as const;
    await insertAuditEntry(trx, { id: deps.newId(now), ...entry, changes });
    return edit;
  });
}

/** Does nothing where the text is the built-in one. @throws Problem stale */
export function resetTemplate(deps: EditTemplatesDeps, change: TemplateChange): Promise<void> {
  const { kind, language, actorUserId } = change;
  return deps.db.transaction().execute(async (trx) => {
    await lockTemplates(trx);
    const before = await findTemplateEdit(trx, kind, language);
    assertExpected(change, before);
    if (!before) return;
    await deleteTemplateEdit(trx, kind, language);
    const now = deps.clock();
    const entry = { action: 'template-reset', subject: templateSubject(change), actorUserId, createdAt: now };
    const changes = { text: [before.text, builtInTexts[kind][language]] } as const;
    await insertAuditEntry(trx, { id: deps.newId(now), ...entry, changes });
  });
}

function assertExpected(change: TemplateChange, current: TemplateEdit | undefined): void {
  if (change.isExpected(templateEtag(change.kind, change.language, current))) return;
  throw new Problem(stale, 'The text has changed since you read it.');
}
