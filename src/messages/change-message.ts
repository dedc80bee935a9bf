// Owns what staff do to a message: send it again, cancel it, take note that it failed.

import type { Kysely } from 'kysely';
import { type AuditEntry, insertAuditEntry, type Subject } from '../audit/store.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { notFound, Problem, type ProblemType } from '../platform/problem.ts';
import { rulesOf } from './kinds.ts';
import {
  findLedgerMessage,
  type LedgerMessage,
  lockLedgerMessage,
  moveDigest,
  saveAcknowledged,
  saveCancelled,
} from './ledger-store.ts';
import { mayMove } from './moves.ts';
import { isOptedOut } from './opt-out-store.ts';
import { insertMessages } from './store.ts';

export interface ChangeMessageDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

/** What staff do, as the audit trail names it. */
export const messageActions = ['resent', 'cancelled', 'acknowledged'] as const;

type MessageAction = (typeof messageActions)[number];

export interface MessageChange {
  messageId: string;
  actorUserId: string;
  /** Why, for those who ask later. */
  note: string;
}

export const illegalMessageChange: ProblemType = {
  slug: 'illegal-message-change',
  status: 409,
  title: 'The message cannot change that way',
  meaning:
    'Only a message that is queued can be cancelled, only one that has ended can be sent again, and only one that failed ' +
    'needs to be taken note of. A worker may have taken it a moment ago: `current_status` says how it stands.',
};

/**
 * Queues the message anew, as a message of its own with attempts of its own: what happened to the first one stays as it
 * was, and no worker that still holds it is in the way. A message is sent again once: asking again gives the same copy,
 * which may be sent again in its turn.
 * @throws Problem not-found, illegal-message-change
 */
export function resendMessage(
  deps: ChangeMessageDeps,
  change: MessageChange,
): Promise<{ copy: LedgerMessage; isNew: boolean }> {
  return withMessage(deps, change, async (trx, message, now) => {
    if (message.copiedAs !== null) return { copy: await present(trx, message.copiedAs), isNew: false };
    assertMayResend(message);
    const wantsConsent = message.channel === 'sms' && rulesOf(message.kind).needsConsent;
    if (wantsConsent && (await isOptedOut(trx, message.recipient))) {
      throw refusal(message, 'The customer wants no SMS.');
    }
    const id = deps.newId(now);
    const { channel, orderId, kind, recipient, body } = message;
    await insertMessages(trx, [{ id, channel, orderId, kind, recipient, body, copyOf: message.id }], now);
    await moveDigest(trx, message.id, id);
    if (message.status === 'failed' && message.acknowledgedAt === null) await saveAcknowledged(trx, message.id, now);
    await record(deps, trx, change, 'resent', now, { copied_as: [null, id] });
    return { copy: await present(trx, id), isNew: true };
  });
}

/** Of a message that is cancelled already nothing changes. @throws Problem not-found, illegal-message-change */
export function cancelMessage(deps: ChangeMessageDeps, change: MessageChange): Promise<LedgerMessage> {
  return withMessage(deps, change, async (trx, message, now) => {
    if (message.status === 'cancelled') return message;
    assertNoPartOfDigest(message);
    if (!mayMove(message.status, 'cancel')) throw refusal(message, 'Only a message that is queued can be cancelled.');
    await saveCancelled(trx, message.id, change.note || 'cancelled by staff', now);
    await record(deps, trx, change, 'cancelled', now);
    return present(trx, message.id);
  });
}

/** Takes a failed message off the list of those that need somebody. @throws Problem not-found, illegal-message-change */
export function acknowledgeMessage(deps: ChangeMessageDeps, change: MessageChange): Promise<LedgerMessage> {
  return withMessage(deps, change, async (trx, message, now) => {
    if (message.status !== 'failed') throw refusal(message, 'Only a message that failed needs to be taken note of.');
    if (message.acknowledgedAt !== null) return message;
    await saveAcknowledged(trx, message.id, now);
    await record(deps, trx, change, 'acknowledged', now);
    return present(trx, message.id);
  });
}

function assertMayResend(message: LedgerMessage): void {
  assertNoPartOfDigest(message);
  if (message.textRemovedAt !== null) throw refusal(message, 'Its text was removed.');
  if (message.status === 'queued') throw refusal(message, 'It is queued, and will go out by itself.');
  if (message.status === 'sending') throw refusal(message, 'It is being sent.');
}

function assertNoPartOfDigest(message: LedgerMessage): void {
  if (message.digestId === null) return;
  throw refusal(
    message,
    `It goes out as part of the digest ${message.digestId}, which can be sent again or cancelled.`,
  );
}

const refusal = (message: LedgerMessage, detail: string): Problem =>
  new Problem(illegalMessageChange, `The message is ${message.status}. ${detail}`, {
    members: { current_status: message.status },
  });

/** Under a lock on the message: a worker takes it before, or finds it changed. */
function withMessage<T>(
  deps: ChangeMessageDeps,
  change: MessageChange,
  act: (trx: Transaction, message: LedgerMessage, now: Date) => Promise<T>,
): Promise<T> {
  return deps.db.transaction().execute(async (trx) => {
    const message = await lockLedgerMessage(trx, change.messageId);
    if (!message) throw new Problem(notFound, 'There is no such message.');
    return act(trx, message, deps.clock());
  });
}

async function present(trx: Transaction, id: string): Promise<LedgerMessage> {
  const message = await findLedgerMessage(trx, id);
  if (!message) throw new Error('a message vanished: messages are never deleted');
  return message;
}

/** As the audit trail knows a message. */
export const messageSubject = (id: string): Subject => ({ type: 'message', id });

const record = (
  deps: ChangeMessageDeps,
  trx: Transaction,
  { messageId, actorUserId, note }: MessageChange,
  action: MessageAction,
  now: Date,
  changes: AuditEntry['changes'] = {},
): Promise<void> => {
  const subject = messageSubject(messageId);
  return insertAuditEntry(trx, { id: deps.newId(now), action, subject, note, changes, actorUserId, createdAt: now });
};
