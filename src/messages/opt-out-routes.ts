// Owns the HTTP face of opt-outs: the numbers that get no SMS, and staff who record or lift one on a customer's behalf.

import { type Static, Type } from 'typebox';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import { readPhone } from '../phones/phone.ts';
import type { App } from '../platform/http.ts';
import { cutPage, decodeCursor, foreignCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { invalidRequest } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { time } from '../platform/shapes.ts';
import { type ChangeOptOutsDeps, liftOptOut, recordOptOut } from './change-opt-outs.ts';
import { listOptOuts, type OptOut, optOutSources } from './opt-out-store.ts';
import { noteBody } from './schemas.ts';

export interface OptOutsDeps extends ChangeOptOutsDeps {
  read: Read;
  defaultRegion: string;
}

const tags = ['messages'];
const optOutRef = Type.Ref('OptOut');
const phoneParams = Type.Object({
  phone: Type.String({ minLength: 4, maxLength: 40, description: 'Whole, as people write it; its + as %2B.' }),
});
const changeProblems = problemResponses(invalidRequest, unauthenticated, forbidden);

const optOutSchema = Type.Object(
  {
    phone_number: Type.String({
      description: 'E.164, or the hash of a number that the network hides or whose owner was erased.',
    }),
    source: Type.Enum([...optOutSources], {
      description: 'Who said so: the customer by `sms`, the network (`provider`), or `staff`.',
    }),
    created_at: time(),
  },
  {
    $id: 'OptOut',
    examples: [{ phone_number: '+254712345678', source: 'sms' as const, created_at: '2026-02-14T12:15:01.808Z' }],
  },
);

export function registerOptOuts(app: App, deps: OptOutsDeps): void {
  app.addSchema(optOutSchema);
  registerList(app, deps);
  registerChanges(app, deps);
}

function registerList(app: App, deps: OptOutsDeps): void {
  app.get(
    '/api/v1/opt-outs/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'opt_outs_list',
        tags,
        summary: 'List the numbers that get no SMS',
        description: 'By number. With `?phone=`, whether this one does: an empty list says that it gets SMS.',
        querystring: Type.Object(
          { ...pageQuery, phone: Type.Optional(phoneParams.properties.phone) },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'A page of opt-outs.', type: 'array', items: optOutRef },
          ...changeProblems,
        },
      },
    },
    async (request, reply) => {
      const { phone, cursor } = request.query;
      const limit = pageSize(request.query);
      const number = phone === undefined ? undefined : readPhone(phone, deps.defaultRegion, '?phone');
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const found = await deps.read((db) => listOptOuts(db, { number, after }, limit + 1));
      const { page, next } = cutPage(found, limit, (last) => [last.phoneNumber]);
      return reply.header('link', pageLinks(request, next)).send(page.map(optOutJson));
    },
  );
}

function readCursor(cursor: string): string {
  const [number] = decodeCursor(cursor, 1);
  if (typeof number === 'string') return number;
  throw foreignCursor();
}

function registerChanges(app: App, deps: OptOutsDeps): void {
  const path = '/api/v1/opt-outs/:phone/';
  app.put(
    path,
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'opt_outs_update',
        tags,
        summary: 'Send no more SMS to a number',
        description:
          'On behalf of a customer. What waits to be sent to it is cancelled. One that is there already stays as it is.',
        params: phoneParams,
        body: noteBody,
        response: { 200: { description: 'The opt-out.', ...optOutRef }, ...changeProblems },
      },
    },
    async (request, reply) => {
      const phoneNumber = readPhone(request.params.phone, deps.defaultRegion, '?phone');
      const { note = '' } = request.body;
      const change = { phoneNumber, note: note.trim(), actorUserId: callerOf(request).userId };
      return reply.send(optOutJson(await recordOptOut(deps, change)));
    },
  );

  app.delete(
    path,
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'opt_outs_delete',
        tags,
        summary: 'Send SMS to a number again',
        description:
          'When the customer says so. What was cancelled stays so. A number that is blocked at its network will be refused there again, and recorded anew.',
        params: phoneParams,
        response: { 204: { description: 'It gets SMS.', type: 'null' }, ...changeProblems },
      },
    },
    async (request, reply) => {
      const phoneNumber = readPhone(request.params.phone, deps.defaultRegion, '?phone');
      await liftOptOut(deps, { phoneNumber, note: '', actorUserId: callerOf(request).userId });
      return reply.code(204).send(null);
    },
  );
}

export type OptOutJson = Static<typeof optOutSchema>;

export const optOutJson = ({ phoneNumber, source, createdAt }: OptOut): OptOutJson => ({
  phone_number: phoneNumber,
  source,
  created_at: createdAt.toISOString(),
});
