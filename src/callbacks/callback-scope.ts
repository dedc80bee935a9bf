// Owns the gate in front of what providers call back: a secret in the address, and forms behind it.

import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../platform/http.ts';
import { bodyTooLarge, invalidRequest, notFound, Problem, unsupportedMediaType } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { assertStorable } from '../platform/text.ts';
import { parseForm } from './form.ts';

const formType = 'application/x-www-form-urlencoded';

export interface FormCallbacks {
  /** What the address must hold for a callback to be believed. */
  token: string;
  maxBodyBytes: number;
}

/** The address that a provider is given: what it calls back is appended. @param provider as in `africas-talking` */
export const callbacksPath = (provider: string, token: string): string => `/callbacks/${provider}/${token}`;

/**
 * A scope of its own for callbacks without a signature: whoever doesn't know the token in the address gets 404 before a
 * byte of the body is read, and only here forms are understood.
 */
export function registerFormCallbacks(
  app: App,
  { token, maxBodyBytes }: FormCallbacks,
  register: (scope: App) => void,
): void {
  void app.register(async (scope: App) => {
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser(formType, { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
      done(null, parseForm(body as Buffer)),
    );
    const isToken = tokenCheck(token);
    scope.addHook('onRequest', (request, _reply, done) => done(refusalOf(request, isToken)));
    scope.addHook('preValidation', async (request) => assertStorable(request.body));
    register(scope);
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
  // A form without a field is one all the same: what is missing in it is said later.
  if (request.headers['content-length'] === '0') return undefined;
  if (request.headers['content-type']?.toLowerCase().startsWith(formType)) return undefined;
  return new Problem(unsupportedMediaType, `Send the body as ${formType}.`);
}

/** What each route of such a scope declares. Forms may grow: fields that we don't know are left alone. */
export const formCallbackSchema = {
  consumes: [formType],
  params: Type.Object({
    token: Type.String({ maxLength: 200, description: 'The secret that the provider was given with the address.' }),
  }),
  response: {
    200: Type.Object(
      { received: Type.Literal(true) },
      { description: 'Written down. Repeating it changes nothing.', examples: [{ received: true }] },
    ),
    ...problemResponses(invalidRequest, notFound, bodyTooLarge, unsupportedMediaType),
  },
};

/** The answer to a callback that is written down. */
export const received = { received: true } as const;
