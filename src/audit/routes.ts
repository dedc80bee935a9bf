// Owns the HTTP face of the audit trail: who changed what, for those who may read it.

import { type Static, Type } from 'typebox';
import { forbidden, unauthenticated } from '../identity/access.ts';
import type { App } from '../platform/http.ts';
import { earliestId } from '../platform/ids.ts';
import { readInstant } from '../platform/instant.ts';
import { cutPage, decodeIdCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { textOrNull, time, uuid } from '../platform/shapes.ts';
import { type FoundAuditEntry, listAuditPage } from './store.ts';

const auditEntrySchema = Type.Object(
  {
    id: uuid(),
    at: time('When.'),
    actor: Type.Object({
      user: uuid('The identity: UUIDv5 of issuer and subject.'),
      name: textOrNull('As the token named them then; null where that is not known.'),
    }),
    action: Type.String({ description: '`created`, `changed`, `deleted`, `resent`, `paused` …' }),
    subject: Type.Object({
      type: Type.String({
        description:
          '`order`, `product`, `category`, `product-import`, `message`, `message-template`, `channel`, `opt-out` …',
      }),
      id: Type.String(),
      label: Type.String({ description: 'What people call it, where its id does not say it.' }),
    }),
    note: Type.String({ description: 'Why, in the words of who did it.' }),
    changes: Type.Record(Type.String(), Type.Array(Type.Unknown(), { minItems: 2, maxItems: 2 }), {
      description: 'Each field that changed, as it was and as it is.',
    }),
  },
  {
    $id: 'AuditEntry',
    examples: [
      {
        id: '0198c3c5-7f22-7b10-9c55-7e2a1b0c9d33',
        at: '2026-11-27T08:12:00.000Z',
        actor: { user: 'ab22a598-0c26-528f-801b-857334163b48', name: 'Achieng Adhiambo' },
        action: 'changed',
        subject: { type: 'product', id: '11eb1775-893b-453d-a92a-529627c29b0a', label: 'Enamel mug' },
        note: '',
        changes: { price_minor: [20_000, 18_950] },
      },
    ],
  },
);

const subjectPattern = '^[a-z-]{1,40}(:.{1,100})?$';

export function registerAudit(app: App, { read }: { read: Read }): void {
  app.addSchema(auditEntrySchema);
  app.get(
    '/api/v1/audit/',
    {
      config: { access: 'audit:read' },
      schema: {
        operationId: 'audit_list',
        tags: ['audit'],
        summary: 'Who changed what, newest first',
        description:
          'Written in the transaction of the change. What customers do to their own orders is on the timelines of those.',
        querystring: Type.Object(
          {
            ...pageQuery,
            actor: Type.Optional(Type.String({ format: 'uuid' })),
            subject: Type.Optional(
              Type.String({
                pattern: subjectPattern,
                description: 'A type such as `product`, or one of it: `product:11eb1775-893b-453d-a92a-529627c29b0a`.',
              }),
            ),
            action: Type.Optional(Type.String({ pattern: '^[a-z-]{1,40}$' })),
            after: Type.Optional(Type.String({ format: 'date-time', description: 'At this time or later.' })),
            before: Type.Optional(Type.String({ format: 'date-time', description: 'Before this time.' })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'A page of entries.', type: 'array', items: Type.Ref('AuditEntry') },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { actor, subject, action, after, before, cursor } = request.query;
      const [subjectType, subjectId] = partSubject(subject);
      const bounds = [
        before === undefined ? undefined : earliestId(readInstant(before)),
        cursor === undefined ? undefined : decodeIdCursor(cursor),
      ];
      const limit = pageSize(request.query);
      const found = await read((db) =>
        listAuditPage(
          db,
          {
            actorUserId: actor,
            subjectType,
            subjectId,
            action,
            fromId: after === undefined ? undefined : earliestId(readInstant(after)),
            beforeId: bounds.filter((each) => each !== undefined).toSorted()[0],
          },
          limit + 1,
        ),
      );
      const { page, next } = cutPage(found, limit, ({ id }) => [id]);
      return reply.header('link', pageLinks(request, next)).send(page.map(entryJson));
    },
  );
}

/** An id may hold colons of its own. */
function partSubject(subject: string | undefined): [type: string | undefined, id: string | undefined] {
  if (subject === undefined) return [undefined, undefined];
  const at = subject.indexOf(':');
  return at < 0 ? [subject, undefined] : [subject.slice(0, at), subject.slice(at + 1)];
}

const entryJson = (entry: FoundAuditEntry): Static<typeof auditEntrySchema> => ({
  id: entry.id,
  at: entry.createdAt.toISOString(),
  actor: { user: entry.actorUserId, name: entry.actorName },
  action: entry.action,
  subject: { ...entry.subject, label: entry.subject.label ?? entry.subject.id },
  note: entry.note,
  changes: Object.fromEntries(Object.entries(entry.changes).map(([field, change]) => [field, [...change]])),
});
