// Owns the HTTP face of the ledger: finding messages, and what staff do to one.

import { Type } from 'typebox';
import { type AuditEntry, listAuditEntries } from '../audit/store.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import { listOrderNumbers } from '../orders/store.ts';
import type { App } from '../platform/http.ts';
import { invalidRequest, notFound, Problem } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import {
  acknowledgeMessage,
  type ChangeMessageDeps,
  cancelMessage,
  illegalMessageChange,
  type MessageChange,
  messageSubject,
  resendMessage,
} from './change-message.ts';
import { findLedgerMessage, type LedgerMessage, listAttempts } from './ledger-store.ts';
import { type ListMessagesDeps, listQuery, searchMessages } from './list-messages.ts';
import { actionsJson, attemptJson, type MessageJson, messageJson, messageSchema, noteBody } from './schemas.ts';

export interface LedgerDeps extends ListMessagesDeps, ChangeMessageDeps {
  read: Read;
  /** Called after a message was queued. */
  wake: () => void;
}

const tags = ['messages'];
/** More than anybody does to one message: each thing can be done once. */
const maxActions = 20;
const messageRef = Type.Ref('Message');
const changeProblems = problemResponses(invalidRequest, unauthenticated, forbidden, notFound, illegalMessageChange);

export function registerLedger(app: App, deps: LedgerDeps): void {
  app.addSchema(messageSchema);
  registerReads(app, deps);
  registerChanges(app, deps);
}

function registerReads(app: App, deps: LedgerDeps): void {
  app.get(
    '/api/v1/messages/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'messages_list',
        tags,
        summary: 'List and search messages, newest first',
        description:
          'Each request looks at so many messages at most that it never takes long: a page may be short, or empty, and still have a next one. ' +
          'With `?needs_attention=true`, what failed for good and waits for somebody.',
        querystring: listQuery,
        response: {
          200: { description: 'A page of messages.', type: 'array', items: messageRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { messages, orderNumbers, links } = await deps.read((db) =>
        searchMessages({ ...deps, db }, request.query, request),
      );
      const json = messages.map((message) => messageJson(message, orderNumbers.get(message.orderId ?? '')));
      return reply.header('link', links).send(json);
    },
  );

  app.get(
    '/api/v1/messages/:id/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'messages_read',
        tags,
        summary: 'One message, with its attempts',
        params: idParams,
        response: {
          200: { description: 'The message.', ...messageRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound),
        },
      },
    },
    async (request, reply) => reply.send(await readMessage(deps, request.params.id)),
  );
}

function registerChanges(app: App, deps: LedgerDeps): void {
  app.post(
    '/api/v1/messages/:id/resend/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'messages_resend',
        tags,
        summary: 'Send a message again',
        description:
          'Queues it anew as a message of its own, with `copy_of`; this one stays as it is. Of a message there is one copy, so that asking again is safe: ' +
          'the answer is then 200 with that copy, which can be sent again in its turn.',
        params: idParams,
        body: noteBody,
        response: {
          200: { description: 'It was sent again already, as this message.', ...messageRef },
          201: { description: 'The new message.', ...messageRef },
          ...changeProblems,
        },
      },
    },
    async (request, reply) => {
      const { copy, isNew } = await resendMessage(deps, toChange(request.params.id, request.body, callerOf(request)));
      if (isNew) deps.wake();
      return reply
        .code(isNew ? 201 : 200)
        .header('location', `${app.basePath}/api/v1/messages/${copy.id}/`)
        .send(await readMessage(deps, copy.id));
    },
  );

  app.post(
    '/api/v1/messages/:id/cancel/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'messages_cancel',
        tags,
        summary: 'Cancel a message that is queued',
        description:
          'One that a worker has taken is on its way. After an attempt that nobody knows the end of it may have arrived.',
        params: idParams,
        body: noteBody,
        response: { 200: { description: 'The message, cancelled.', ...messageRef }, ...changeProblems },
      },
    },
    async (request, reply) => {
      const { id } = await cancelMessage(deps, toChange(request.params.id, request.body, callerOf(request)));
      return reply.send(await readMessage(deps, id));
    },
  );

  app.post(
    '/api/v1/messages/:id/acknowledge/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'messages_acknowledge',
        tags,
        summary: 'Take note that a message failed',
        description: 'It stays failed, and no longer needs attention. Sending it again does the same.',
        params: idParams,
        body: noteBody,
        response: { 200: { description: 'The message.', ...messageRef }, ...changeProblems },
      },
    },
    async (request, reply) => {
      const { id } = await acknowledgeMessage(deps, toChange(request.params.id, request.body, callerOf(request)));
      return reply.send(await readMessage(deps, id));
    },
  );
}

const toChange = (messageId: string, body: { note?: string }, caller: Identity): MessageChange => ({
  messageId,
  actorUserId: caller.userId,
  note: body.note?.trim() ?? '',
});

/** @throws Problem not-found */
async function readMessage(deps: LedgerDeps, id: string): Promise<MessageJson> {
  const message = await findLedgerMessage(deps.db, id);
  if (!message) throw new Problem(notFound, 'There is no such message.');
  const orderNumbers = await listOrderNumbers(deps.db, message.orderId === null ? [] : [message.orderId]);
  return {
    ...messageJson(message, orderNumbers.get(message.orderId ?? '')),
    attempts: ((await listAttempts(deps.db, [id])).get(id) ?? []).map(attemptJson),
    actions: actionsJson(await listActions(deps, message)),
  };
}

/** What was done to it, and what made it: that it is a copy. Newest first. */
async function listActions({ db }: LedgerDeps, { id, copyOf }: LedgerMessage): Promise<AuditEntry[]> {
  const own = await listAuditEntries(db, messageSubject(id), maxActions);
  if (copyOf === null) return own;
  const ofOriginal = await listAuditEntries(db, messageSubject(copyOf), maxActions);
  return [...own, ...ofOriginal.filter(({ action }) => action === 'resent')];
}
