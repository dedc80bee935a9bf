// Owns the HTTP face of the texts of SMS: reading, previewing, writing, and going back to the built-in ones.

import { Type } from 'typebox';
import { listAuditEntries } from '../audit/store.ts';
import { type Language, languages } from '../customers/customer.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import { isExpectedBy } from '../platform/etag.ts';
import type { App } from '../platform/http.ts';
import { invalidRequest, stale } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import {
  assertTemplate,
  type EditTemplatesDeps,
  editTemplate,
  resetTemplate,
  type TemplateChange,
  templateEtag,
  templateSubject,
} from './edit-templates.ts';
import {
  historyJson,
  previewJson,
  type TemplateJson,
  templateBody,
  templateJson,
  templateParams,
  templatePreviewSchema,
  templateSchema,
} from './schemas.ts';
import { findTemplateEdit, listTemplateEdits } from './store.ts';
import { type TemplateKind, templateKinds } from './template.ts';

export interface TemplatesDeps extends EditTemplatesDeps {
  currency: string;
}

const tags = ['messages'];
const templateRef = Type.Ref('MessageTemplate');
const maxHistory = 20;

export function registerTemplates(app: App, deps: TemplatesDeps): void {
  app.addSchema(templateSchema);
  app.addSchema(templatePreviewSchema);
  registerReads(app, deps);
  registerWrites(app, deps);
}

function registerReads(app: App, deps: TemplatesDeps): void {
  app.get(
    '/api/v1/message-templates/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'message_templates_list',
        tags,
        summary: 'List the texts of SMS to customers',
        description: 'One for each kind and language, in the order of an order’s life.',
        response: {
          200: { description: 'All templates.', type: 'array', items: templateRef },
          ...problemResponses(unauthenticated, forbidden),
        },
      },
    },
    async (_request, reply) => {
      const edits = await listTemplateEdits(deps.db);
      const json = templateKinds.flatMap((kind) =>
        languages.map((language) => {
          const edit = edits.find((each) => each.kind === kind && each.language === language);
          return templateJson(kind, language, edit, deps.currency);
        }),
      );
      return reply.send(json);
    },
  );

  app.get(
    '/api/v1/message-templates/:kind/:language/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'message_templates_read',
        tags,
        summary: 'One text of SMS to customers',
        params: templateParams,
        response: {
          200: { description: 'The template and its history.', ...templateRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { etag, json } = await readTemplate(deps, request.params.kind, request.params.language);
      return reply.header('etag', etag).send(json);
    },
  );

  app.post(
    '/api/v1/message-templates/:kind/:language/preview/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'message_templates_preview',
        tags,
        summary: 'See what a text would become',
        description: 'Changes nothing. A text that could not be saved is refused in the same words.',
        params: templateParams,
        body: templateBody,
        response: {
          200: { description: 'The text with values in it.', ...Type.Ref('MessageTemplatePreview') },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { text } = request.body;
      assertTemplate(text);
      return reply.send(previewJson(text, request.params.language, deps.currency));
    },
  );
}

function registerWrites(app: App, deps: TemplatesDeps): void {
  app.put(
    '/api/v1/message-templates/:kind/:language/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'message_templates_update',
        tags,
        summary: 'Write a text of SMS to customers',
        description:
          'For every SMS from now on; what is queued already stays as it is. With `If-Match`, only when nobody has changed it since.',
        params: templateParams,
        body: templateBody,
        response: {
          200: { description: 'The template, as changed.', ...templateRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, stale),
        },
      },
    },
    async (request, reply) => {
      const change = changeOf(request.params, callerOf(request), isExpectedBy(request));
      await editTemplate(deps, change, request.body.text);
      const { etag, json } = await readTemplate(deps, change.kind, change.language);
      return reply.header('etag', etag).send(json);
    },
  );

  app.delete(
    '/api/v1/message-templates/:kind/:language/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'message_templates_delete',
        tags,
        summary: 'Go back to the built-in text',
        params: templateParams,
        response: {
          200: { description: 'The template, built in again.', ...templateRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, stale),
        },
      },
    },
    async (request, reply) => {
      const change = changeOf(request.params, callerOf(request), isExpectedBy(request));
      await resetTemplate(deps, change);
      const { etag, json } = await readTemplate(deps, change.kind, change.language);
      return reply.header('etag', etag).send(json);
    },
  );
}

const changeOf = (
  { kind, language }: { kind: TemplateKind; language: Language },
  caller: Identity,
  isExpected: (etag: string) => boolean,
): TemplateChange => ({
  kind,
  language,
  actorUserId: caller.userId,
  isExpected,
});

async function readTemplate(
  deps: TemplatesDeps,
  kind: TemplateKind,
  language: Language,
): Promise<{ etag: string; json: TemplateJson }> {
  const edit = await findTemplateEdit(deps.db, kind, language);
  const json = templateJson(kind, language, edit, deps.currency);
  json.history = historyJson(await listAuditEntries(deps.db, templateSubject({ kind, language }), maxHistory));
  return { etag: templateEtag(kind, language, edit), json };
}
