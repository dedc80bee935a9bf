// Owns the HTTP face towards Africa's Talking: forms that they post, behind a token in the address.
//
// Source: https://developers.africastalking.com/docs/sms/notifications. Their callbacks carry no signature.

import { hash, timingSafeEqual } from 'node:crypto';
import formbody from '@fastify/formbody';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import type { NewId } from '../platform/ids.ts';
import { enqueueJob } from '../platform/jobs.ts';
import { bodyTooLarge, invalidRequest, notFound, Problem, unsupportedMediaType } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { assertStorable } from '../platform/text.ts';
import { smsReceived } from './answer-sms.ts';
import { insertIncoming } from './conversation-store.ts';
import { logFailure } from './log-failure.ts';
import { saveOptOut } from './opt-out-store.ts';
import { saveReport } from './report-store.ts';

export interface CallbacksDeps {
  db: Kysely<Database>;
  /** What the address must hold for a callback to be believed. */
  token: string;
  clock: () => Date;
  newId: NewId;
  /** Tells the worker in this process, if there is one, that a text waits. */
  textReceived: () => void;
}

const maxBodyBytes = 16 * 1024;
const maxTextLength = 1_600;
const formType = 'application/x-www-form-urlencoded';
const tags = ['messages'];
const params = Type.Object({
  token: Type.String({ maxLength: 200, description: 'The setting `AFRICA_TALKING_CALLBACK_TOKEN`.' }),
});
const consumes = [formType];
/** Forms may grow: fields that we don't know are left alone. */
const open = { additionalProperties: true };
const response = {
  200: Type.Object(
    { received: Type.Literal(true) },
    { description: 'Written down. Repeating it changes nothing.', examples: [{ received: true }] },
  ),
  ...problemResponses(invalidRequest, notFound, bodyTooLarge, unsupportedMediaType),
};
/** What `/delivery`, `/incoming` and `/opt-out` are appended to, below the service's own address. */
export const callbacksPath = (token: string): string => `/callbacks/africas-talking/${token}`;

const received = { received: true } as const;

/** In a scope of its own: only here forms are read, and they are small. */
export function registerCallbacks(app: App, deps: CallbacksDeps): void {
  void app.register(async (scope: App) => {
    scope.removeContentTypeParser('application/json');
    await scope.register(formbody, { bodyLimit: maxBodyBytes });
    const isToken = tokenCheck(deps.token);
    // Before a byte of the body is read.
    scope.addHook('onRequest', (request, _reply, done) => done(refusalOf(request, isToken)));
    scope.addHook('preValidation', async (request) => assertStorable(request.body));
    registerDelivery(scope, deps);
    registerIncoming(scope, deps);
    registerOptOut(scope, deps);
  });
}

/** In constant time, whatever the length. */
function tokenCheck(token: string): (given: string) => boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer');
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
}

function refusalOf(request: FastifyRequest, isToken: (given: string) => boolean): Problem | undefined {
  const { token } = request.params as { token: string };
  if (!isToken(token)) return new Problem(notFound, 'There is no callback at this address.');
  if (request.headers['content-type']?.startsWith(formType)) return undefined;
  return new Problem(unsupportedMediaType, `Send the body as ${formType}.`);
}

function registerDelivery(app: App, deps: CallbacksDeps): void {
  app.post(
    `${callbacksPath(':token')}/delivery`,
    {
      config: { access: 'anyone' },
      bodyLimit: maxBodyBytes,
      schema: {
        operationId: 'callbacks_delivery',
        tags,
        summary: 'Take a delivery report',
        description:
          'What became of an SMS. Reports may come twice, in any order, and before the message is known to have been sent: ' +
          'a final one is never replaced.',
        consumes,
        params,
        body: Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 128, description: "The provider's id of the message." }),
            status: Type.String({ minLength: 1, maxLength: 40, examples: ['Success'] }),
            failureReason: Type.Optional(Type.String({ maxLength: 200 })),
          },
          { ...open, examples: [{ id: 'ATPid_SampleTxnId123', status: 'Success', phoneNumber: '+254711000000' }] },
        ),
        response,
      },
    },
    async (request, reply) => {
      const { id, status, failureReason } = request.body;
      const report = { providerId: id, status, reason: failureReason || undefined };
      const failed = await saveReport(deps.db, report, deps.clock());
      if (failed) logFailure(request.log, failed);
      return reply.send(received);
    },
  );
}

function registerIncoming(app: App, deps: CallbacksDeps): void {
  app.post(
    `${callbacksPath(':token')}/incoming`,
    {
      config: { access: 'anyone' },
      bodyLimit: maxBodyBytes,
      schema: {
        operationId: 'callbacks_incoming',
        tags,
        summary: 'Take a text from a customer',
        description:
          'STATUS, CANCEL, YES, NO, HELP, STOP or START, in English or Swahili. It is answered by SMS, in the background.',
        consumes,
        params,
        body: Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 128, description: "The provider's id of the text." }),
            from: Type.String({ minLength: 1, maxLength: 40 }),
            to: Type.String({ maxLength: 40 }),
            text: Type.String(),
          },
          { ...open, examples: [{ id: '6d3f7a8e', from: '+254711000000', to: '22384', text: 'STATUS' }] },
        ),
        response,
      },
    },
    async (request, reply) => {
      const { id: providerId, from, to: recipient, text } = request.body;
      const now = deps.clock();
      const id = deps.newId(now);
      const message = {
        id,
        providerId,
        sender: senderOf(from),
        recipient,
        body: text.slice(0, maxTextLength).toWellFormed(),
      };
      await deps.db.transaction().execute(async (trx) => {
        if (await insertIncoming(trx, message, now)) await enqueueJob(trx, smsReceived(id), now);
      });
      deps.textReceived();
      return reply.send(received);
    },
  );
}

/** A `+` that was not encoded arrives as a space, and one may be missing; what isn't a phone number stays as it is. */
function senderOf(from: string): string {
  const digits = /^\s*\+?([1-9]\d{6,14})\s*$/.exec(from)?.[1];
  return digits === undefined ? from : `+${digits}`;
}

function registerOptOut(app: App, deps: CallbacksDeps): void {
  app.post(
    `${callbacksPath(':token')}/opt-out`,
    {
      config: { access: 'anyone' },
      bodyLimit: maxBodyBytes,
      schema: {
        operationId: 'callbacks_opt_out',
        tags,
        summary: 'Take an opt-out',
        description: 'The owner of the phone has asked the network for no more SMS from us. A text of START undoes it.',
        consumes,
        params,
        body: Type.Object(
          { phoneNumber: Type.String({ pattern: '^\\s*\\+?[1-9]\\d{6,14}\\s*$' }) },
          { ...open, examples: [{ senderId: '22384', phoneNumber: '+254711000000' }] },
        ),
        response,
      },
    },
    async (request, reply) => {
      const phone = senderOf(request.body.phoneNumber);
      await deps.db.transaction().execute((trx) => saveOptOut(trx, phone, 'provider', deps.clock()));
      return reply.send(received);
    },
  );
}
