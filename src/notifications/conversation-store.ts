// Owns the SQL of conversations with customers: their texts, what waits for their YES, and how often they were answered.

import { sql } from 'kysely';
import type { Transaction } from '../platform/database.ts';
import type { CommandName } from './sms-command.ts';
import type { EarlierReply } from './sms-reply.ts';

declare module '../platform/database.ts' {
  interface Database {
    incoming_messages: IncomingMessagesTable;
    pending_cancellations: { phone_number: string; order_id: string; expires_at: Date };
  }
}

interface IncomingMessagesTable {
  id: string;
  provider_id: string;
  sender: string;
  recipient: string;
  body: string;
  command: CommandName | 'unknown' | 'ignored' | null;
  order_id: string | null;
  answer_id: string | null;
  received_at: Date;
  handled_at: Date | null;
}

export interface IncomingMessage {
  id: string;
  /** The provider's id of it. */
  providerId: string;
  sender: string;
  recipient: string;
  body: string;
}

/** @returns false for one that is there already: the provider has told us twice. */
export async function insertIncoming(trx: Transaction, message: IncomingMessage, now: Date): Promise<boolean> {
  const { providerId, ...columns } = message;
  const inserted = await trx
    .insertInto('incoming_messages')
    .values({ ...columns, provider_id: providerId, received_at: now })
    .onConflict((conflict) => conflict.column('provider_id').doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Reads a text that hasn't been handled, and lets one text of a sender after the other be handled. */
export async function lockIncoming(trx: Transaction, id: string): Promise<IncomingMessage | undefined> {
  const message = await trx
    .selectFrom('incoming_messages')
    .select(['id', 'provider_id as providerId', 'sender', 'recipient', 'body'])
    .where('id', '=', id)
    .where('handled_at', 'is', null)
    .executeTakeFirst();
  if (message) await sql`select pg_advisory_xact_lock(hashtextextended(${message.sender}, 0))`.execute(trx);
  return message;
}

export interface Handled {
  command: CommandName | 'unknown' | 'ignored';
  orderId: string | undefined;
  answerId: string | undefined;
}

export async function saveHandled(trx: Transaction, id: string, handled: Handled, now: Date): Promise<void> {
  const { command, orderId = null, answerId = null } = handled;
  await trx
    .updateTable('incoming_messages')
    .set({ command, order_id: orderId, answer_id: answerId, handled_at: now })
    .where('id', '=', id)
    .execute();
}

/** What we have answered a number since then, newest first, as far as it matters. */
export async function listReplies(trx: Transaction, phone: string, since: Date): Promise<EarlierReply[]> {
  return trx
    .selectFrom('messages')
    .select(['kind', 'created_at as at'])
    .where('recipient', '=', phone)
    .where('kind', 'like', 'reply-%')
    .where('created_at', '>', since)
    .orderBy('created_at', 'desc')
    .limit(300)
    .execute();
}

/** Waits for a YES from this phone, in place of what waited for one before. */
export async function savePendingCancellation(
  trx: Transaction,
  phone: string,
  orderId: string,
  expiresAt: Date,
): Promise<void> {
  await trx
    .insertInto('pending_cancellations')
    .values({ phone_number: phone, order_id: orderId, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('phone_number').doUpdateSet({ order_id: orderId, expires_at: expiresAt }))
    .execute();
}

/** The order whose cancellation waited for an answer of this phone, and waits no longer. */
export async function takePendingCancellation(trx: Transaction, phone: string, now: Date): Promise<string | undefined> {
  const taken = await trx
    .deleteFrom('pending_cancellations')
    .where('phone_number', '=', phone)
    .returning(['order_id', 'expires_at'])
    .executeTakeFirst();
  return taken && taken.expires_at > now ? taken.order_id : undefined;
}
