// Owns the HTTP face of the stand-in for Africa's Talking: its messaging API, answer for answer.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import type { Faults } from './faults.ts';
import { open } from './open-route.ts';
import type { Recipient, SmsGateway } from './sms-gateway.ts';

export interface AfricasTalkingDeps {
  gateway: SmsGateway;
  faults: Faults;
  username: string;
  apiKey: string;
  shortcode: string;
  pause: (delayMs: number) => Promise<void>;
  /** Holds the connection and never answers. */
  hold: (reply: FastifyReply) => FastifyReply;
}

const maxRecipients = 1_000;
const sent = 101;

export function registerAfricasTalking(app: App, deps: AfricasTalkingDeps): void {
  // Its faults are plain text, whatever was asked for.
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'the SMS gateway of the sandbox failed');
    return sendText(reply, status, status >= 500 ? 'There was an internal server error.' : error.message);
  });

  app.post('/sandbox/africas-talking/version1/messaging', open, async (request, reply) => {
    const fault = deps.faults.sms.strike((each) => each.status_code === undefined);
    await deps.pause(fault?.delay_ms ?? 0);
    if (fault?.http_status !== undefined || fault?.text !== undefined) {
      return sendText(reply, fault.http_status ?? 201, fault.text ?? 'The gateway was told to fail.');
    }
    if (fault?.refusal) return sendAnswer(reply, fault.refusal, []);
    if (fault?.timeout === 'lost') return deps.hold(reply);

    const refused = refusalOf(request, deps);
    if (refused) return sendText(reply, ...refused);
    const { to, message, from = '' } = request.body as Record<string, string | undefined>;
    if (from !== '' && from !== deps.shortcode) return sendAnswer(reply, 'InvalidSenderId', []);
    const numbers = (to ?? '').split(',').map((number) => number.trim());
    const hits = numbers.map(() => deps.faults.sms.strike((each) => each.status_code !== undefined));
    await deps.pause(hits.find((hit) => hit?.delay_ms)?.delay_ms ?? 0);
    const recipients = numbers.map((number, index) =>
      deps.gateway.send(number, from || deps.shortcode, message ?? '', hits[index]?.status_code ?? sent),
    );
    if (fault?.timeout === 'sent') return deps.hold(reply);
    return sendAnswer(reply, summary(recipients), recipients);
  });
}

/** The status and the text of the requests that never become messages. */
function refusalOf(request: FastifyRequest, deps: AfricasTalkingDeps): [number, string] | undefined {
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  if (!form) return [415, "The request's Content-Type is not supported. Expected: application/x-www-form-urlencoded"];
  const fields = request.body as Record<string, unknown>;
  for (const name of ['username', 'to', 'message']) {
    if (typeof fields[name] !== 'string' || fields[name] === '') {
      return [400, `Request is missing required form field '${name}'`];
    }
  }
  if (request.headers['apikey'] !== deps.apiKey || fields['username'] !== deps.username) {
    return [401, 'The supplied authentication is invalid'];
  }
  if (typeof fields['from'] === 'object') return [400, "The form field 'from' is given twice"];
  const recipients = String(fields['to']).split(',').length;
  return recipients > maxRecipients ? [400, `At most ${maxRecipients} recipients are taken at a time`] : undefined;
}

function summary(recipients: Recipient[]): string {
  const accepted = recipients.filter(({ messageId }) => messageId !== 'None');
  const total = accepted.reduce((sum, { cost }) => sum + Number(cost.slice('KES '.length)), 0);
  const cost = accepted.length === 0 ? '0' : `KES ${total.toFixed(4)}`;
  return `Sent to ${accepted.length}/${recipients.length} Total Cost: ${cost}`;
}

const sendAnswer = (reply: FastifyReply, message: string, recipients: Recipient[]): FastifyReply =>
  reply.code(201).send({ SMSMessageData: { Message: message, Recipients: recipients } });

const sendText = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(text);
