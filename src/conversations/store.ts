// Owns the SQL of conversations with customers: their texts and what waits for their YES.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { commandNames } from './sms-command.ts';

declare module '../platform/database.ts' {
  interface Database {
    incoming_messages: IncomingMessagesTable;
    pending_cancellations: { phone_number: string; order_id: string; expires_at: Date };
  }
}

/** What a text can be taken for; `ignored` is what nobody is to answer, such as our own number. */
export const textCommands = [...commandNames, 'unknown', 'ignored'] as const;

type TextCommand = (typeof textCommands)[number];

export interface IncomingMessagesTable {
  id: string;
  provider_id: string;
  sender: string;
  recipient: string;
  body: string;
  command: TextCommand | null;
  order_id: string | null;
  answer_id: string | null;
  received_at: Date;
  handled_at: Date | null;
  text_removed_at: Date | null;
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

/** A text as staff see it. */
export interface IncomingText extends IncomingMessage {
  /** Null, as all below, until it is handled. */
  command: TextCommand | null;
  orderId: string | null;
  answerId: string | null;
  receivedAt: Date;
  handledAt: Date | null;
  /** When what it says was removed: by age, or with its customer. */
  textRemovedAt: Date | null;
}

export interface IncomingFilter {
  sender: string | undefined;
  command: TextCommand | undefined;
  /** Exclusive. */
  beforeId: string | undefined;
}

/** Newest first: ids are UUIDv7. */
export function listIncoming(db: Kysely<Database>, filter: IncomingFilter, limit: number): Promise<IncomingText[]> {
  let query = db
    .selectFrom('incoming_messages')
    .select(['id', 'provider_id as providerId', 'sender', 'recipient', 'body', 'command', 'order_id as orderId'])
    .select(['answer_id as answerId', 'received_at as receivedAt', 'handled_at as handledAt'])
    .select('text_removed_at as textRemovedAt')
    .orderBy('id', 'desc')
    .limit(limit);
  if (filter.sender !== undefined) query = query.where('sender', '=', filter.sender);
  if (filter.command !== undefined) query = query.where('command', '=', filter.command);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  return query.execute();
}

/** Texts about an order, oldest first. */
export function listTextsAbout(
  db: Kysely<Database>,
  orderId: string,
): Promise<Pick<IncomingText, 'sender' | 'body' | 'command' | 'receivedAt' | 'textRemovedAt'>[]> {
  return db
    .selectFrom('incoming_messages')
    .select(['sender', 'body', 'command', 'received_at as receivedAt', 'text_removed_at as textRemovedAt'])
    .where('order_id', '=', orderId)
    .orderBy('id')
    .execute();
}

export interface Handled {
  command: TextCommand;
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
