// Owns what a message is, what can come of an attempt to send it, and what follows from that.

import type { MessageKind } from './kinds.ts';

export const channels = ['sms', 'email'] as const;

export type Channel = (typeof channels)[number];

export const messageStatuses = ['queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled'] as const;

export type MessageStatus = (typeof messageStatuses)[number];

/** Why a message to a number that has opted out is not sent. */
export const foreignReason = 'the shop sends no SMS to this country';
export const optedOutReason = 'the customer wants no SMS';

/** Why an SMS that waited is not sent: the next one about its order says more. */
export const overtakenReason = 'a later SMS tells of it';

/** Why a queued message isn't sent although nothing is wrong. */
export const heldForReasons = ['quiet-hours', 'number-limit', 'budget', 'digest'] as const;

export type HeldFor = (typeof heldForReasons)[number];

export interface Message {
  id: string;
  channel: Channel;
  /** Null for what is about no order: an answer to a stranger, a digest, an alarm. */
  orderId: string | null;
  kind: MessageKind;
  /** A phone number in E.164, or an e-mail address. */
  recipient: string;
  body: string;
  /** Counts the attempt that is being made. */
  attempts: number;
  ambiguous: boolean;
  /** W3C: the trace of the request that it follows from; null where there is none. */
  traceparent: string | null;
}

/** A message with what the rules about trying again look at. */
export interface AttemptedMessage extends Message {
  createdAt: Date;
  /** How many earlier attempts ended in `retry`: those that are laid to the message. */
  retries: number;
}

/** What a provider charges, in its own currency: an exact decimal, such as 0.8000 of KES. */
export interface Cost {
  amount: string;
  currency: string;
}

/** The kinds of {@link Outcome}; what an earlier version wrote down stays readable. */
export const outcomeKinds = ['accepted', 'permanent', 'retry', 'unavailable', 'blocked', 'ambiguous'] as const;

/** What came of handing a message to a provider. */
export type Outcome =
  | { kind: 'accepted'; providerId?: string; cost?: Cost; detail: string }
  /** It will never work: a wrong number, a bounced address, or a recipient who wants nothing from us (`isOptOut`). */
  | { kind: 'permanent'; detail: string; isOptOut?: boolean }
  /** This message may work later: after `waitMs`, else with back-off; at most `maxTries` times in all, else ten. */
  | { kind: 'retry'; detail: string; waitMs?: number; maxTries?: number }
  /** The provider as a whole doesn't work, which is not laid to the message. `waitMs` is what the provider asks for. */
  | { kind: 'unavailable'; detail: string; waitMs?: number }
  /**
   * The account is at fault, not the message: no credit, a wrong key, a sender that isn't ours. The channel is paused,
   * until one message finds out after `probeAfterMs` whether it was mended; without it, until staff resume it.
   */
  | { kind: 'blocked'; detail: string; probeAfterMs?: number }
  /** Nobody knows whether it went out: there was no answer, or the worker died before it could write it down. */
  | { kind: 'ambiguous'; detail: string };

/** What the ledger does with a message after an attempt. */
export type NextStep =
  | { status: 'sent' }
  | { status: 'failed'; failure: string }
  | { status: 'queued'; waitMs: number; ambiguous: boolean };

/** A message that nothing more can become of, as the log tells of it: neither to whom, nor what it says. */
export interface FailedMessage extends Pick<Message, 'id' | 'channel' | 'orderId'> {
  reason: string;
  /** How many others share its fate: those that a digest tells of. */
  sharers: number;
}

const maxTries = 10;
const maxBackoffMs = 30 * 60_000;
/** Time for the provider to come to itself. */
const blindRetryMs = 15_000;
/** The circuit spares the provider; this only spreads what was on its way when it opened. */
const maxUnavailableMs = 60_000;
/** What a customer would have needed to know two days ago is better not said. */
const maxAgeMs = 48 * 60 * 60_000;

/** 2 s, 4 s, 8 s ... up to half an hour, each between half and all of it. */
const backoffMs = (tries: number, random: number): number =>
  Math.round(Math.min(2_000 * 2 ** Math.min(tries - 1, 20), maxBackoffMs) * (0.5 + random / 2));

/**
 * An attempt that nobody knows the end of is repeated blindly once: the provider has no idempotency key, so the customer
 * may get the message twice, which is better than not at all; a second time would make a nuisance of it. A second copy of
 * an e-mail carries the same Message-ID, so e-mails are repeated until they are known to have arrived.
 * @param random 0 to 1, for the jitter
 */
export function nextStep(message: AttemptedMessage, outcome: Outcome, random: number, now: Date): NextStep {
  const { ambiguous } = message;
  const wait = (waitMs: number): NextStep => ({ status: 'queued', waitMs: Math.round(waitMs), ambiguous });
  const give = (failure: string): NextStep => ({ status: 'failed', failure });
  switch (outcome.kind) {
    case 'accepted':
      return { status: 'sent' };
    case 'permanent':
      return give(outcome.detail);
    case 'ambiguous':
      if (ambiguous && message.channel === 'sms') return give(`${outcome.detail}, twice: it may have arrived`);
      if (message.attempts >= maxTries) return give(`${outcome.detail}, ${maxTries} times: it may have arrived`);
      return { status: 'queued', waitMs: Math.round(blindRetryMs * (0.5 + random / 2)), ambiguous: true };
    case 'blocked':
      // Behind those that are due already: should it be this message after all, they are not held up by it.
      return wait(1_000);
    case 'unavailable':
      if (now.getTime() - message.createdAt.getTime() > maxAgeMs) return give(`${outcome.detail}, for two days`);
      return wait((outcome.waitMs ?? 0) + Math.min(backoffMs(message.attempts, random), maxUnavailableMs));
    default: {
      const { detail, maxTries: limit = maxTries } = outcome;
      const tries = message.retries + 1;
      if (tries >= limit) return give(`${detail}, ${limit} times`);
      return wait(outcome.waitMs === undefined ? backoffMs(tries, random) : outcome.waitMs * (1 + random / 10));
    }
  }
}
