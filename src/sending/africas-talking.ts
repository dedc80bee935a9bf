// Owns speaking to Africa's Talking: one SMS over their HTTP API.
//
// Source: https://developers.africastalking.com/docs/sms/sending/bulk.

import type { Outcome } from '../messages/message.ts';
import { readGatewayAnswer } from './gateway-answer.ts';

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
      const body = await readBounded(response);
      const answer = { status: response.status, retryAfter: response.headers.get('retry-after'), body };
      return readGatewayAnswer(answer, { to, timeZone: options.timeZone, now: options.clock() });
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
