// Owns the HTTP face of the stand-in for Africa's Talking: its messaging API, answer for answer.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import type { Faults } from './faults.ts';
import { open, statusOf } from './open-route.ts';
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
const created = 201;
const wrongAccount = 'The supplied authentication is invalid';
const formType = 'application/x-www-form-urlencoded';

class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, text: string) {
    super(text);
    this.statusCode = statusCode;
  }
}

export function registerAfricasTalking(app: App, deps: AfricasTalkingDeps): void {
  // Its faults are plain text, whatever was asked for.
  app.setErrorHandler((error: Error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, 'the SMS gateway of the sandbox failed');
    return sendText(reply, status, status >= 500 ? 'There was an internal server error.' : error.message);
  });

  app.post('/sandbox/africas-talking/version1/messaging', open, async (request, reply) => {
    const fault = deps.faults.sms.strike((each) => each.status_code === undefined);
    await deps.pause(fault?.delay_ms ?? 0);
    if (fault?.http_status !== undefined || fault?.text !== undefined) {
      return sendText(reply, fault.http_status ?? created, fault.text ?? 'The gateway was told to fail.');
    }
    if (fault?.refusal) return sendAnswer(reply, fault.refusal, []);
    if (fault?.timeout === 'lost') return deps.hold(reply);

    const { numbers, text, from } = readSending(request, deps);
    if (from !== deps.shortcode) return sendAnswer(reply, 'InvalidSenderId', []);
    const hits = numbers.map(() => deps.faults.sms.strike((each) => each.status_code !== undefined));
    await deps.pause(Math.max(0, ...hits.map((hit) => hit?.delay_ms ?? 0)));
    const recipients = numbers.map((number, index) =>
      deps.gateway.send(number, from, text, hits[index]?.status_code ?? sent),
    );
    if (fault?.timeout === 'sent') return deps.hold(reply);
    return sendAnswer(reply, summary(recipients), recipients);
  });

  // The balance, by which an account is checked without sending anything. It never runs out here.
  app.get('/sandbox/africas-talking/version1/user', open, async (request, reply) => {
    const down = deps.faults.sms.current();
    if (down?.timeout) return deps.hold(reply);
    if (down?.http_status !== undefined) return sendText(reply, down.http_status, down.text ?? '');
    const { username } = request.query as { username?: string };
    if (request.headers['apikey'] !== deps.apiKey || username !== deps.username) throw new Refusal(401, wrongAccount);
    return reply.send({ UserData: { balance: 'KES 1000.0000' } });
  });
}

/** What is to be sent. @throws Refusal with the status and the text of a request that never becomes messages. */
function readSending(
  { headers, body }: FastifyRequest,
  deps: AfricasTalkingDeps,
): { numbers: string[]; text: string; from: string } {
  if (!headers['content-type']?.startsWith(formType)) {
    throw new Refusal(415, `The request's Content-Type is not supported. Expected: ${formType}`);
  }
  const fields = new Map(Object.entries(body ?? {}));
  const field = (name: string): string => {
    const value: unknown = fields.get(name);
    if (typeof value === 'string' && value !== '') return value;
    throw new Refusal(400, `Request is missing required form field '${name}'`);
  };
  if (headers['apikey'] !== deps.apiKey || field('username') !== deps.username) {
    throw new Refusal(401, wrongAccount);
  }
  const numbers = field('to').split(',', maxRecipients + 1);
  if (numbers.length > maxRecipients) {
    throw new Refusal(400, `At most ${maxRecipients} recipients are taken at a time`);
  }
  return {
    numbers: numbers.map((number) => number.trim()),
    text: field('message'),
    // Africa's Talking has a sender of its own for those who name none; here that is the short code.
    from: fields.get('from') ? field('from') : deps.shortcode,
  };
}

function summary(recipients: Recipient[]): string {
  const accepted = recipients.filter(({ messageId }) => messageId !== 'None');
  const total = accepted.reduce((sum, { cost }) => sum + Number(cost.slice('KES '.length)), 0);
  const cost = accepted.length === 0 ? '0' : `KES ${total.toFixed(4)}`;
  return `Sent to ${accepted.length}/${recipients.length} Total Cost: ${cost}`;
}

const sendAnswer = (reply: FastifyReply, message: string, recipients: Recipient[]): FastifyReply =>
  reply.code(created).send({ SMSMessageData: { Message: message, Recipients: recipients } });

const sendText = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(text);
