// Owns asking the providers whether our accounts with them are good, without sending anything.
//
// Sources: https://developers.africastalking.com/docs/application/fetch_user (the balance, by the same key that sends), and
// nodemailer's `verify`, which connects, says who we are and signs in.

import { createTransport } from 'nodemailer';
import { cutText } from '../platform/text.ts';
import type { AfricasTalkingOptions } from './africas-talking.ts';

const timeoutMs = 5_000;
const maxDetail = 120;

/** `isReached` false: nothing answered there, so nothing is known of the account. */
export type AccountState = { isGood: true; detail: string } | { isGood: false; isReached: boolean; detail: string };

/** Asks for the balance. Never throws. */
export async function checkSmsAccount(
  options: Pick<AfricasTalkingOptions, 'baseUrl' | 'username' | 'apiKey'>,
): Promise<AccountState> {
  const url = `${options.baseUrl}/version1/user?${new URLSearchParams({ username: options.username }).toString()}`;
  try {
    const response = await fetch(url, {
      headers: { apiKey: options.apiKey, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = cutText(await response.text(), 2_000);
    const balance = /"balance"\s*:\s*"([^"]{1,40})"/.exec(text)?.[1];
    if (response.ok && balance !== undefined) return { isGood: true, detail: balance };
    // Busy or broken, they say nothing of the account.
    const isReached = response.status < 500 && response.status !== 429;
    return { isGood: false, isReached, detail: `HTTP ${response.status}: ${cutText(text, maxDetail).trim()}` };
  } catch (error) {
    return { isGood: false, isReached: false, detail: reasonOf(error) };
  }
}

/** Connects and signs in, and hangs up. Never throws. */
export async function checkMailAccount(smtpUrl: string): Promise<AccountState> {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  try {
    await transport.verify();
    return { isGood: true, detail: '' };
  } catch (error) {
    const { responseCode } = error as { responseCode?: number };
    return { isGood: false, isReached: responseCode !== undefined && responseCode >= 500, detail: reasonOf(error) };
  } finally {
    transport.close();
  }
}

/** The innermost reason: fetch says only that it failed. */
function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof Error) return reasonOf(cause);
  return cutText(String(message || code), maxDetail);
}
