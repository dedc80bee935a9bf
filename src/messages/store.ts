// Owns the SQL of the ledger: messages and the attempts to send them.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { asKept } from './hidden-number-store.ts';
import { rulesOf } from './kinds.ts';
import {
  type Channel,
  type HeldFor,
  type Message,
  type MessageStatus,
  type Outcome,
  optedOutReason,
  overtakenReason,
} from './message.ts';
import { type MessageMove, messageMoves } from './moves.ts';

declare module '../platform/database.ts' {
  interface Database {
    messages: MessagesTable;
    message_attempts: MessageAttemptsTable;
  }
}

interface MessagesTable {
  id: string;
  channel: Channel;
  order_id: string | null;
  kind: string;
  recipient: string;
  body: string;
  status: MessageStatus;
  attempts: number;
  ambiguous: boolean;
  due_at: Date;
  failure: string | null;
  held_for: HeldFor | null;
  digest_id: string | null;
  traceparent: string | null;
  copy_of: string | null;
  user_id: string | null;
  acknowledged_at: Date | null;
  text_removed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

interface MessageAttemptsTable {
  message_id: string;
  attempt: number;
  started_at: Date;
  ended_at: Date | null;
  outcome: Outcome['kind'] | null;
  detail: string;
  provider_id: string | null;
  cost: string | null;
  cost_currency: string | null;
  report: string | null;
  report_reason: string | null;
  reported_at: Date | null;
}

/** In a statement that changes a status: the messages that may change so. As literals, by which partial indexes are found. */
export const mayMove = (move: MessageMove): RawBuilder<unknown> =>
  sql`messages.status in (${sql.join(messageMoves[move].from.map((status) => sql.lit(status)))})`;

export interface NewMessage extends Pick<Message, 'id' | 'channel' | 'orderId' | 'kind' | 'recipient' | 'body'> {
  /** Whose order it is about. */
  userId?: string;
  /** Why it is written down as cancelled, and not sent. */
  refusedFor?: string | undefined;
  /** The message that staff have sent again as this one. */
  copyOf?: string;
}

/**
 * Queues messages, each in the trace of its order, where that has one; one that is there already, by order, kind, channel
 * and recipient, is left as it is, answers and copies aside.
 * An SMS to a number that has opted out is written down as cancelled.
 */
export async function insertMessages(
  trx: Transaction,
  messages: readonly NewMessage[],
  now: Date,
  traces: ReadonlyMap<string | null, string | undefined> = new Map(),
): Promise<void> {
  if (messages.length === 0) return;
  await sql`
    insert into messages (id, channel, order_id, kind, recipient, body, traceparent, copy_of, user_id, status, failure, due_at,
      created_at, updated_at)
    select id, channel, order_id, kind, recipient, body, traceparent, copy_of, user_id,
      case when opted_out or refused_for is not null then 'cancelled' else 'queued' end,
      case when opted_out then ${optedOutReason} else refused_for end, ${now}, ${now}, ${now}
    from unnest(
      ${messages.map((message) => message.id)}::uuid[], ${messages.map((message) => message.channel)}::text[],
      ${messages.map((message) => message.orderId)}::uuid[], ${messages.map((message) => message.kind)}::text[],
      ${messages.map((message) => message.recipient)}::text[], ${messages.map((message) => message.body)}::text[],
      ${messages.map((message) => traces.get(message.orderId) ?? null)}::text[],
      ${messages.map((message) => message.copyOf ?? null)}::uuid[],
      ${messages.map((message) => message.userId ?? null)}::uuid[],
      ${messages.map((message) => message.refusedFor ?? null)}::text[],
      ${messages.map((message) => rulesOf(message.kind).needsConsent)}::boolean[])
      as given (id, channel, order_id, kind, recipient, body, traceparent, copy_of, user_id, refused_for, needs_consent)
    cross join lateral (
      select channel = 'sms' and needs_consent
        and exists (select from opt_outs where phone_number in ${asKept(sql`recipient`)}) as opted_out) as checked
    on conflict (order_id, kind, channel, recipient) where kind not like 'reply-%' and copy_of is null do nothing`.execute(
    trx,
  );
}

/** What a later SMS about the same order makes old news of: those that wait for a limit or for the morning. */
export async function cancelOvertaken(trx: Transaction, orderIds: readonly string[], now: Date): Promise<void> {
  await sql`
    update messages set status = 'cancelled', held_for = null, failure = ${overtakenReason}, updated_at = ${now}
    where order_id = any(${uuidArray(orderIds)}::uuid[]) and channel = 'sms' and held_for is not null
      and ${mayMove('cancel')}`.execute(trx);
}

/**
 * Joins what waits for a recipient's digest into one, at most `limit` of them, and queues it.
 * @returns how many were joined
 */
export async function insertDigest(
  trx: Transaction,
  { id, recipient, limit }: { id: string; recipient: string; limit: number },
  now: Date,
): Promise<number> {
  await insertMessages(trx, [{ id, channel: 'email', orderId: null, kind: 'order-digest', recipient, body: '' }], now);
  const { numAffectedRows } = await sql`
    update messages set digest_id = ${id}, updated_at = ${now}
    where id in (
      select id from messages
      where channel = 'email' and status = 'queued' and digest_id is null and due_at <= ${now}
        and recipient = ${recipient} and held_for = 'digest'
      order by due_at, id limit ${limit}
    )`.execute(trx);
  return Number(numAffectedRows ?? 0);
}

/** The orders that a digest tells of, in the order of their placing. */
export async function listDigestOrderIds(db: Kysely<Database>, digestId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select order_id as id from messages where digest_id = ${digestId} and order_id is not null
    order by order_id`.execute(db);
  return rows.map(({ id }) => id);
}

/** An answer to a text, and when it was written. */
export interface EarlierReply {
  kind: string;
  at: Date;
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
