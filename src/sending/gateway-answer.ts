// Owns what Africa's Talking's answers to an SMS mean, however they are written down.
//
// Source: https://developers.africastalking.com/docs/sms/sending/bulk and the status codes of /docs/sms/sending/errors.

import type { Cost, Outcome } from '../messages/message.ts';
import { timeZoneOfPhone } from '../phones/time-zone.ts';
import { localMinute, nextLocalMinute } from '../platform/local-minute.ts';
import { cutText } from '../platform/text.ts';

export interface GatewayAnswer {
  /** Of HTTP. */
  status: number;
  /** The header, if there is one. */
  retryAfter: string | null;
  body: string;
}

export interface AnsweredSms {
  to: string;
  /** IANA name, for numbers of countries whose time is not known. */
  timeZone: string;
  now: Date;
}

const minuteMs = 60_000;
/** How long until it is tried whether an account that was refused was mended. */
const probeAfterMs = 5 * minuteMs;
const slowRetryMs = 10 * minuteMs;
const maxRetryAfterMs = 60 * minuteMs;

/** Do-not-disturb: promotional traffic in Nigeria is let through from 8 am to 8 pm. */
const [windowOpens, windowCloses] = [8 * 60, 20 * 60];
const insideWindowRetryMs = 60 * minuteMs;
const maxWindowTries = 4;

const noId = /^(?:none|null|undefined|0)$/i;
const providerId = /^[\x21-\x7e]{1,100}$/;

/** `Sent to 1/1 Total Cost: KES 0.8000` above the recipients, and all that is left where they are missing. */
const sentTo = /\bsent to (\d+)\s*\/\s*\d+/i;

/** The codes that are known by a word too, in letters alone: that is what an answer without a code is read by. */
const codesByWord: Readonly<Record<string, number>> = {
  processed: 100,
  success: 101,
  sent: 101,
  submitted: 101,
  accepted: 101,
  queued: 102,
  buffered: 102,
  riskhold: 401,
  invalidsenderid: 402,
  invalidphonenumber: 403,
  couldnotsend: 403,
  notsent: 403,
  unsupportednumbertype: 404,
  insufficientbalance: 405,
  userinblacklist: 406,
  couldnotroute: 407,
  donotdisturbrejection: 409,
  internalservererror: 500,
  gatewayerror: 501,
  rejectedbygateway: 502,
  failed: 502,
  rejected: 502,
};

/** What an answer says of our SMS, as far as it says anything. */
interface Reading {
  code: number | undefined;
  detail: string;
  /** That they have it, or haven't: by an id, a price, or the count of those that it was sent to. */
  isTaken: boolean | undefined;
  providerId: string | undefined;
  cost: Cost | undefined;
}

/**
 * Whatever they say that they took is accepted, whatever else is missing or odd about the answer: an SMS that is sent again
 * can't be taken back. Where they say nothing that can be read, it is ambiguous.
 */
export function readGatewayAnswer(answer: GatewayAnswer, sms: AnsweredSms): Outcome {
  const { status, body } = answer;
  const data = messageData(body);
  const recipient = data && recipientIn(data['Recipients'], sms.to);
  const message = data ? asText(data['Message']) : body;
  const reading = readRecipient(recipient ?? (data ? { status: message } : {}), message);
  if (isAccepted(reading)) return accepted(reading);
  if (status === 429 || status >= 500) {
    const waitMs = retryAfterMs(answer.retryAfter, sms.now);
    return { kind: 'unavailable', detail: `HTTP ${status}`, ...(waitMs !== undefined && { waitMs }) };
  }
  if (data && (reading.code !== undefined || (recipient && reading.isTaken === false))) return refusal(reading, sms);
  if (data && !recipient && message !== '') return classifyRefusal(message);
  return classifyText(status, `HTTP ${status}: ${forPeople(body)}`);
}

function messageData(body: string): Record<string, unknown> | undefined {
  try {
    const { SMSMessageData: data } = asRecord(JSON.parse(body));
    return typeof data === 'object' && data !== null ? asRecord(data) : undefined;
  } catch {
    return undefined;
  }
}

/** One alone may come without its list. */
function recipientIn(recipients: unknown, to: string): Record<string, unknown> | undefined {
  const all = (Array.isArray(recipients) ? recipients : [recipients]).filter(
    (each) => typeof each === 'object' && each !== null,
  );
  return all.map(asRecord).find(({ number }) => number === to) ?? (all.length > 0 ? asRecord(all[0]) : undefined);
}

function readRecipient(recipient: Record<string, unknown>, message: string): Reading {
  const word = asText(recipient['status']);
  const code = readCode(recipient['statusCode']);
  const known = codesByWord[word.toLowerCase().replace(/[^a-z]/g, '')];
  const id = asText(recipient['messageId']);
  const isKnown = providerId.test(id) && !noId.test(id);
  return {
    code: code === undefined || (known !== undefined && !knownCodes.has(code)) ? known : code,
    detail: forPeople(`${code ?? ''} ${word}`) || forPeople(message),
    isTaken: isKnown ? true : readTaken(recipient, message),
    providerId: isKnown ? id : undefined,
    cost: parseCost(asText(recipient['cost'])),
  };
}

/** By what is said beside the code, the word and the id: the count above all. */
function readTaken(recipient: Record<string, unknown>, message: string): boolean | undefined {
  const count = sentTo.exec(message)?.[1];
  if (count !== undefined) return Number(count) > 0;
  if (Number(/\d+(?:\.\d+)?/.exec(asText(recipient['cost']))?.[0] ?? 0) > 0) return true;
  // `None`, or nothing where an id should be.
  return 'messageId' in recipient ? false : undefined;
}

const knownCodes = new Set(Object.values(codesByWord));

/** A number, or one in words. */
function readCode(value: unknown): number | undefined {
  const text = asText(value);
  return /^[1-9]\d\d$/.test(text) ? Number(text) : undefined;
}

const isAccepted = ({ code, isTaken }: Reading): boolean =>
  code === undefined || (code >= 200 && !knownCodes.has(code)) ? isTaken === true : code < 200;

const accepted = ({ detail, providerId: id, cost }: Reading): Outcome => ({
  kind: 'accepted',
  detail,
  ...(id !== undefined && { providerId: id }),
  ...(cost && { cost }),
});

function refusal({ code, detail }: Reading, sms: AnsweredSms): Outcome {
  switch (code) {
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
      return { kind: 'retry', detail, waitMs: untilWindow(sms), maxTries: maxWindowTries };
    // 500 internal error, 501 gateway error, and whatever they add.
    default:
      return { kind: 'retry', detail };
  }
}

/** The request as a whole was refused, also under HTTP 201: no recipients, and the reason as the message. */
function classifyRefusal(message: string): Outcome {
  const detail = forPeople(message);
  if (/sender/i.test(message)) return { kind: 'blocked', detail };
  if (/balance|credit/i.test(message)) return { kind: 'blocked', detail, probeAfterMs };
  return { kind: 'retry', detail };
}

/** Not the JSON that was asked for: a wrong key or user name is answered in plain text, and so is a proxy's trouble. */
function classifyText(status: number, detail: string): Outcome {
  if (status < 300) return { kind: 'ambiguous', detail };
  // The request itself is not to their liking. One odd message is no reason to stop the others.
  if (status === 400 || status === 413 || status === 422) return { kind: 'retry', detail };
  return { kind: 'blocked', detail, probeAfterMs };
}

function untilWindow({ to, timeZone, now }: AnsweredSms): number {
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

const asRecord = (value: unknown): Record<string, unknown> => (value ?? {}) as Record<string, unknown>;

/** Numbers come as numbers and as text; whatever else says nothing. */
const asText = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';

/** Short, in one line, and without whole phone numbers. */
const forPeople = (text: string): string =>
  cutText(
    cutText(text, 1_000)
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .replaceAll(/\+?\d{7,}/g, '…')
      .trim(),
    200,
  );
