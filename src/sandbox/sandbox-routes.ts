// Owns what people and tests see and do with the stand-ins: messages, e-mails, opt-outs and faults as JSON.

import { Type } from 'typebox';
import { parsePhone } from '../phones/phone.ts';
import type { App } from '../platform/http.ts';
import { invalidRequest, notFound, Problem } from '../platform/problem.ts';
import { assertPlausible, currentFaults, type Faults, faultsBody } from './faults.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { LiveUpdates } from './live-updates.ts';
import type { Email, MailServer } from './mail-server.ts';
import type { Newest } from './newest.ts';
import { open } from './open-route.ts';
import type { Message, SmsGateway } from './sms-gateway.ts';

export interface SandboxRoutesDeps {
  messages: Newest<Message>;
  emails: Newest<Email>;
  gateway: SmsGateway;
  /** Undefined where mail goes elsewhere. */
  mailServer: MailServer | undefined;
  faults: Faults;
  keys: IssuerKeys;
  updates: LiveUpdates;
  shortcode: string;
  defaultRegion: string;
  standsInFor: ReadonlySet<'issuer' | 'sms' | 'mail'>;
}

const strict = { additionalProperties: false };
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 }));
const withPhone = Type.Object({ phone: Type.String({ maxLength: 40 }) }, strict);
const byPhone = Type.Object({ phone: Type.Optional(Type.String({ maxLength: 40 })), limit }, strict);
const byRecipient = Type.Object({ to: Type.Optional(Type.String({ maxLength: 320 })), limit }, strict);
const text = Type.Object(
  { from: Type.String({ maxLength: 40 }), text: Type.String({ minLength: 1, maxLength: 1_600 }) },
  strict,
);
const everything = () => true;
const maxPhones = 200;

export function registerSandboxRoutes(app: App, deps: SandboxRoutesDeps): void {
  registerMessages(app, deps);
  registerEmails(app, deps);
  registerFaults(app, deps);
  app.get('/sandbox/events', open, (_request, reply) => deps.updates.follow(reply));
}

function registerMessages(app: App, deps: SandboxRoutesDeps): void {
  const { messages, gateway, shortcode, defaultRegion } = deps;

  /** In a URL, `+254...` not encoded arrives as a space and the digits. */
  function phoneOf(input: string, pointer: string): string {
    const phone = parsePhone(input.startsWith(' ') ? `+${input.trimStart()}` : input, defaultRegion);
    if (phone) return phone;
    const errors = [{ pointer, detail: 'is not a phone number' }];
    throw new Problem(invalidRequest, `${input} is not a phone number.`, { errors });
  }

  app.get('/sandbox/messages', { ...open, schema: { ...open.schema, querystring: byPhone } }, async (request) => {
    const { phone, limit: most = Number.POSITIVE_INFINITY } = request.query;
    if (phone === undefined) return messages.list(everything, most);
    const number = phoneOf(phone, '?phone');
    return messages.list(({ to, from }) => to === number || from === number, most);
  });

  app.delete('/sandbox/messages', open, async (_request, reply) => {
    messages.clear();
    deps.updates.announce('messages');
    return reply.code(204).send();
  });

  /** The phones there are, by their newest message. */
  app.get('/sandbox/phones', open, async () => {
    const newest = new Map<string, Message>();
    for (const message of messages.list(everything, Number.POSITIVE_INFINITY)) {
      const phone = message.from === shortcode ? message.to : message.from;
      if (!newest.has(phone)) newest.set(phone, message);
      if (newest.size >= maxPhones) break;
    }
    const optedOut = new Set(gateway.listOptOuts());
    return [...newest].map(([phone, last]) => ({ phone, last, opted_out: optedOut.has(phone) }));
  });

  app.get('/sandbox/opt-outs', open, async () => gateway.listOptOuts());

  // Where SMS go elsewhere nobody speaks for a phone here.
  if (!deps.standsInFor.has('sms')) return;

  app.post('/sandbox/messages', { ...open, schema: { ...open.schema, body: text } }, async (request, reply) =>
    reply.code(201).send(gateway.receive(phoneOf(request.body.from, '/from'), request.body.text)),
  );

  app.post('/sandbox/opt-outs', { ...open, schema: { ...open.schema, body: withPhone } }, async (request, reply) => {
    gateway.optOut(phoneOf(request.body.phone, '/phone'));
    return reply.code(204).send();
  });

  app.delete(
    '/sandbox/opt-outs',
    { ...open, schema: { ...open.schema, querystring: withPhone } },
    async (request, reply) => {
      gateway.optIn(phoneOf(request.query.phone, '?phone'));
      return reply.code(204).send();
    },
  );
}

function registerEmails(app: App, deps: SandboxRoutesDeps): void {
  const { emails } = deps;

  app.get('/sandbox/emails', { ...open, schema: { ...open.schema, querystring: byRecipient } }, async (request) => {
    const { to, limit: most = Number.POSITIVE_INFINITY } = request.query;
    // An address holds no space: one that arrives was a `+` that was not encoded.
    const address = to?.trim().replaceAll(' ', '+').toLowerCase();
    return emails.list((email) => !address || email.to.toLowerCase().split(', ').includes(address), most);
  });

  app.delete('/sandbox/emails', open, async (_request, reply) => {
    emails.clear();
    deps.updates.announce('emails');
    return reply.code(204).send();
  });

  /** The mail as a page of its own that can do nothing: no scripts, no requests, no access to this origin. */
  app.get(
    '/sandbox/emails/:id/html',
    { ...open, schema: { ...open.schema, params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
    async (request, reply) => {
      const html = emails.find(({ id }) => id === request.params.id)?.html;
      if (html == null) throw new Problem(notFound, 'There is no such HTML e-mail in the inbox.');
      const policy =
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
      return reply
        .headers({ 'content-security-policy': policy, 'referrer-policy': 'no-referrer' })
        .type('text/html; charset=utf-8')
        .send(`<base target="_blank"><style>body { font-family: sans-serif }</style>${html}`);
    },
  );
}

function registerFaults(app: App, deps: SandboxRoutesDeps): void {
  const { faults } = deps;
  app.get('/sandbox/faults', open, async () => currentFaults(faults));

  /** A stand-in that is named gets these faults and no others; `{}` ends its faults; the rest stay as they are. */
  app.post('/sandbox/faults', { ...open, schema: { ...open.schema, body: faultsBody } }, async (request) => {
    assertPlausible(request.body);
    const { sms, delivery_reports, mail, issuer } = request.body;
    if (sms) faults.sms.set(sms);
    if (delivery_reports) faults.deliveryReports.set(delivery_reports);
    if (mail) faults.mail.set(mail);
    if (mail?.refuse_connections) deps.mailServer?.disconnectAll();
    if (issuer) {
      const { rotate, ...rest } = issuer;
      if (rotate) await deps.keys.rotate(rotate);
      faults.issuer.set(rest);
    }
    return currentFaults(faults);
  });

  app.delete('/sandbox/faults', open, async (_request, reply) => {
    for (const each of Object.values(faults)) each.set(undefined);
    return reply.code(204).send();
  });
}
