// Owns speaking to Africa's Talking: one SMS over their HTTP API, and what each of their answers means.
//
// Source: https://developers.africastalking.com/docs/sms/sending/bulk and the status codes of /docs/sms/sending/errors.

import type { Cost, Outcome } from './message.ts';

export interface AfricasTalkingOptions {
  /** Such as https://api.africastalking.com; `/version1/messaging` is appended. */
  baseUrl: string;
  username: string;
  apiKey: string;
  shortcode: string;
}

export type SendSms = (to: string, text: string) => Promise<Outcome>;

const timeoutMs = 10_000;
const maxAnswerBytes = 16_384;

interface Answer {
  SMSMessageData: {
    Message: string;
    Recipients: { statusCode: number; status: string; cost?: string; messageId?: string }[];
  };
}

/** 100 processed, 101 sent, 102 queued. */
const acceptedCodes = new Set([100, 101, 102]);
/** 403 invalid number, 404 unsupported number, 406 blacklisted, 502 rejected. */
const permanentCodes = new Set([403, 404, 406, 502]);
/** 401 risk hold, 402 invalid sender, 405 insufficient balance. */
const blockedCodes = new Set([401, 402, 405]);

/** Never throws: whatever happens is an outcome. */
export function createAfricasTalking(options: AfricasTalkingOptions): SendSms {
  const url = `${options.baseUrl}/version1/messaging`;
  return async (to, text) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { apiKey: options.apiKey, accept: 'application/json' },
        body: new URLSearchParams({
          username: options.username,
          to,
          message: text,
          from: options.shortcode,
          bulkSMSMode: '1',
          enqueue: '1',
        }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return classify(response.status, await readBounded(response));
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

function classify(status: number, text: string): Outcome {
  if (status === 429 || status >= 500) return { kind: 'retry', detail: `HTTP ${status}` };
  const answer = parse(text);
  if (!answer) {
    // A wrong key or user name is answered in plain text: nobody's message will go out until it is mended.
    const detail = `HTTP ${status}: ${text.slice(0, 200).replace(/\+?\d{7,}/g, '…')}`;
    return status >= 400 ? { kind: 'blocked', detail } : { kind: 'ambiguous', detail };
  }
  const [recipient] = answer.SMSMessageData.Recipients;
  // The request as a whole was refused, also under HTTP 201: the reason is the message, such as InvalidSenderId.
  if (!recipient) return { kind: 'blocked', detail: answer.SMSMessageData.Message.slice(0, 200) };
  const detail = `${recipient.statusCode} ${recipient.status}`.slice(0, 200);
  if (acceptedCodes.has(recipient.statusCode)) {
    const { messageId } = recipient;
    const known = messageId !== undefined && messageId !== 'None';
    const cost = parseCost(recipient.cost);
    return { kind: 'accepted', detail, ...(known && { providerId: messageId }), ...(cost && { cost }) };
  }
  if (recipient.statusCode === 406) return { kind: 'permanent', detail, isOptOut: true };
  if (permanentCodes.has(recipient.statusCode)) return { kind: 'permanent', detail };
  if (blockedCodes.has(recipient.statusCode)) return { kind: 'blocked', detail };
  // 407 could not route, 409 do-not-disturb, 500 internal, 501 gateway, and whatever they add.
  return { kind: 'retry', detail };
}

/** `KES 0.8000`; a message that cost nothing says just `0`. */
function parseCost(text: string | undefined): Cost | undefined {
  const [, currency, amount] = /^([A-Z]{3}) (\d{1,8}(?:\.\d{1,4})?)$/.exec(text ?? '') ?? [];
  return currency === undefined || amount === undefined ? undefined : { amount, currency };
}

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
    ? { kind: 'retry', detail: `no connection: ${code}` }
    : { kind: 'ambiguous', detail: `no answer: ${code}` };
}
