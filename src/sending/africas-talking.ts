// Owns speaking to Africa's Talking: one SMS over their HTTP API, and what each of their answers means.
//
// Source: https://developers.africastalking.com/docs/sms/sending/bulk and the status codes of /docs/sms/sending/errors.

import type { Cost, Outcome } from '../messages/message.ts';
import { timeZoneOfPhone } from '../phones/time-zone.ts';
import { localMinute, nextLocalMinute } from '../platform/local-minute.ts';

export interface AfricasTalkingOptions {
  /** Such as https://api.africastalking.com; `/version1/messaging` is appended. */
  baseUrl: string;
  username: string;
  apiKey: string;
  shortcode: string;
  /** IANA name, for numbers of countries whose time is not known. */
  timeZone: string;
  clock: () => Date;
}

/** Never throws: whatever happens is an outcome. */
export type SendSms = (to: string, text: string) => Promise<Outcome>;

const timeoutMs = 10_000;
const maxAnswerBytes = 16_384;
const minuteMs = 60_000;
/** How long until it is tried whether an account that was refused was mended. */
const probeAfterMs = 5 * minuteMs;
const slowRetryMs = 10 * minuteMs;
const maxRetryAfterMs = 60 * minuteMs;

/** Do-not-disturb: promotional traffic in Nigeria is let through from 8 am to 8 pm. */
const [windowOpens, windowCloses] = [8 * 60, 20 * 60];
const insideWindowRetryMs = 60 * minuteMs;
const maxWindowTries = 4;

const providerId = /^[\x21-\x7e]{1,100}$/;

interface Recipient {
  statusCode: number;
  status: string;
  cost?: string;
  messageId?: string;
}

interface Answer {
  SMSMessageData: { Message: string; Recipients: Recipient[] };
}

export function createAfricasTalking(options: AfricasTalkingOptions): SendSms {
  const { baseUrl, username, apiKey, shortcode } = options;
  return async (to, text) => {
    try {
      const response = await fetch(`${baseUrl}/version1/messaging`, {
        method: 'POST',
        headers: { apiKey, accept: 'application/json' },
        body: new URLSearchParams({ username, to, message: text, from: shortcode, bulkSMSMode: '1', enqueue: '1' }),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return classify(response, await readBounded(response), to, options);
    } catch (error) {
      return classifyFailure(error);
    }
  };
}

async function readBounded(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxAnswerBytes) break;
  }
  return text;
}

function classify(response: Response, text: string, to: string, options: AfricasTalkingOptions): Outcome {
  const { status } = response;
  if (status === 429 || status >= 500) {
    const waitMs = retryAfterMs(response.headers.get('retry-after'), options.clock());
    return { kind: 'unavailable', detail: `HTTP ${status}`, ...(waitMs !== undefined && { waitMs }) };
  }
  const answer = parse(text);
  if (!answer) return classifyText(status, `HTTP ${status}: ${forPeople(text)}`);
  const [recipient] = answer.SMSMessageData.Recipients;
  return recipient ? classifyRecipient(recipient, to, options) : classifyRefusal(answer.SMSMessageData.Message);
}

/** Not the JSON that was asked for: a wrong key or user name is answered in plain text, and so is a proxy's trouble. */
function classifyText(status: number, detail: string): Outcome {
  if (status < 300) return { kind: 'ambiguous', detail };
  // The request itself is not to their liking. One odd message is no reason to stop the others.
  if (status === 400 || status === 413 || status === 422) return { kind: 'retry', detail };
  return { kind: 'blocked', detail, probeAfterMs };
}

/** The request as a whole was refused, also under HTTP 201: no recipients, and the reason as the message. */
function classifyRefusal(message: string): Outcome {
  const detail = forPeople(message);
  if (/sender/i.test(message)) return { kind: 'blocked', detail };
  if (/balance|credit/i.test(message)) return { kind: 'blocked', detail, probeAfterMs };
  return { kind: 'retry', detail };
}

function classifyRecipient(recipient: Recipient, to: string, options: AfricasTalkingOptions): Outcome {
  const { statusCode, status, messageId } = recipient;
  const detail = forPeople(`${statusCode} ${status}`);
  switch (statusCode) {
    // Processed, sent, queued.
    case 100:
    case 101:
    case 102: {
      const cost = parseCost(recipient.cost);
      const isKnown = messageId !== undefined && messageId !== 'None' && providerId.test(messageId);
      return { kind: 'accepted', detail, ...(isKnown && { providerId: messageId }), ...(cost && { cost }) };
    }
    // Risk hold, invalid sender: somebody must talk to the provider.
    case 401:
    case 402:
      return { kind: 'blocked', detail };
    // Blacklisted.
    case 406:
      return { kind: 'permanent', detail, isOptOut: true };
    // Invalid number, unsupported number, rejected by the gateway.
    case 403:
    case 404:
    case 502:
      return { kind: 'permanent', detail };
    // Insufficient balance.
    case 405:
      return { kind: 'blocked', detail, probeAfterMs };
    // Could not route.
    case 407:
      return { kind: 'retry', detail, waitMs: slowRetryMs, maxTries: 2 };
    // Do-not-disturb.
    case 409:
      return { kind: 'retry', detail, waitMs: untilWindow(to, options), maxTries: maxWindowTries };
    // 500 internal error, 501 gateway error, and whatever they add.
    default:
      return { kind: 'retry', detail };
  }
}

function untilWindow(to: string, { timeZone, clock }: AfricasTalkingOptions): number {
  const now = clock();
  const zone = timeZoneOfPhone(to, timeZone);
  const minute = localMinute(now, zone);
  const isOpen = minute >= windowOpens && minute < windowCloses - insideWindowRetryMs / minuteMs;
  return isOpen ? insideWindowRetryMs : nextLocalMinute(now, windowOpens, zone).getTime() - now.getTime();
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMs(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxRetryAfterMs) : undefined;
}

/** `KES 0.8000`, as their prices and balances are written; a message that cost nothing says just `0`. */
export function parseCost(text: string | undefined): Cost | undefined {
  const [, currency, amount] = /^([A-Z]{3}) (\d{1,8}(?:\.\d{1,4})?)$/.exec(text ?? '') ?? [];
  return currency === undefined || amount === undefined ? undefined : { amount, currency };
}

/** Short, in one line, and without whole phone numbers. */
const forPeople = (text: string): string =>
  text
    .slice(0, 1_000)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/\+?\d{7,}/g, '…')
    .trim()
    .slice(0, 200);

function parse(text: string): Answer | undefined {
  try {
    const data = (JSON.parse(text) as Partial<Answer> | null)?.SMSMessageData;
    const known =
      typeof data?.Message === 'string' && Array.isArray(data.Recipients) && data.Recipients.every(isRecipient);
    return known ? { SMSMessageData: data } : undefined;
  } catch {
    return undefined;
  }
}

function isRecipient(value: unknown): boolean {
  const { statusCode, status, cost, messageId } = (value ?? {}) as Record<string, unknown>;
  const textOrNothing = (each: unknown) => each === undefined || typeof each === 'string';
  return (
    typeof statusCode === 'number' && typeof status === 'string' && textOrNothing(cost) && textOrNothing(messageId)
  );
}

/** Errors from before the request was on its way; anything else may have reached the provider. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function classifyFailure(error: unknown): Outcome {
  const cause = (error as { cause?: { code?: string } }).cause;
  const code = cause?.code ?? (error instanceof Error ? error.name : 'unknown error');
  return neverSent.has(code)
    ? { kind: 'unavailable', detail: `no connection: ${code}` }
    : { kind: 'ambiguous', detail: `no answer: ${code}` };
}
