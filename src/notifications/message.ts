// Owns what a message is, what can come of an attempt to send it, and what follows from that.

export const channels = ['sms', 'email'] as const;

export type Channel = (typeof channels)[number];

export const messageStatuses = ['queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled'] as const;

export type MessageStatus = (typeof messageStatuses)[number];

/** Why a queued message isn't sent although nothing is wrong. */
export const heldForReasons = ['quiet-hours', 'number-limit', 'budget', 'digest'] as const;

export type HeldFor = (typeof heldForReasons)[number];

export interface Message {
  id: string;
  channel: Channel;
  /** Null for what is about no order: an answer to a stranger, a digest, an alarm. */
  orderId: string | null;
  /** `order-pending`, `order-confirmed` ... to the customer, `new-order` to staff. */
  kind: string;
  /** A phone number in E.164, or an e-mail address. */
  recipient: string;
  body: string;
  /** Counts the attempt that is being made. */
  attempts: number;
  ambiguous: boolean;
  /** W3C: the trace of the request that it follows from; null where there is none. */
  traceparent: string | null;
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
  /** It may work later. */
  | { kind: 'retry'; detail: string }
  /** The account is at fault, not the message: no credit, a wrong key, a sender that isn't ours. Somebody must mend it. */
  | { kind: 'blocked'; detail: string }
  /** Nobody knows whether it went out: there was no answer, or the worker died before it could write it down. */
  | { kind: 'ambiguous'; detail: string };

/** What the ledger does with a message after an attempt. */
export type NextStep =
  | { status: 'sent' }
  | { status: 'failed'; failure: string }
  | { status: 'queued'; waitMs: number; ambiguous: boolean };

const maxAttempts = 10;
const blockedWaitMs = 60_000;
const maxBackoffMs = 30 * 60_000;

/** 2 s, 4 s, 8 s ... up to half an hour, each between half and all of it. */
const backoffMs = (attempts: number, random: number): number =>
  Math.round(Math.min(2_000 * 2 ** (attempts - 1), maxBackoffMs) * (0.5 + random / 2));

/**
 * An attempt that nobody knows the end of is repeated blindly once: the provider has no idempotency key, so the customer
 * may get the message twice, which is better than not at all; a second time would make a nuisance of it.
 * @param random 0 to 1, for the jitter
 */
export function nextStep(message: Message, outcome: Outcome, random: number): NextStep {
  if (outcome.kind === 'accepted') return { status: 'sent' };
  if (outcome.kind === 'permanent') return { status: 'failed', failure: outcome.detail };
  if (outcome.kind === 'ambiguous' && message.ambiguous) {
    return { status: 'failed', failure: `${outcome.detail}, twice: it may have arrived` };
  }
  // The message is not at fault, so its attempts don't run out.
  if (outcome.kind === 'blocked') return { status: 'queued', waitMs: blockedWaitMs, ambiguous: message.ambiguous };
  if (message.attempts >= maxAttempts) return { status: 'failed', failure: `${outcome.detail}, ${maxAttempts} times` };
  return {
    status: 'queued',
    waitMs: backoffMs(message.attempts, random),
    ambiguous: message.ambiguous || outcome.kind === 'ambiguous',
  };
}
