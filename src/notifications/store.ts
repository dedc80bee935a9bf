// Owns the SQL of the ledger: messages and the attempts to send them.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import type { Channel, Message, MessageStatus, NextStep, Outcome } from './message.ts';

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

export type NewMessage = Pick<Message, 'id' | 'channel' | 'orderId' | 'kind' | 'recipient' | 'body'>;

/** Queues messages; one that is there already, by order, kind, channel and recipient, is left as it is. */
export async function insertMessages(trx: Transaction, messages: readonly NewMessage[], now: Date): Promise<void> {
  if (messages.length === 0) return;
  await sql`
    insert into messages (id, channel, order_id, kind, recipient, body, status, due_at, created_at, updated_at)
    select id, channel, order_id, kind, recipient, body, 'queued', ${now}, ${now}, ${now}
    from unnest(
      ${messages.map((message) => message.id)}::uuid[], ${messages.map((message) => message.channel)}::text[],
      ${messages.map((message) => message.orderId)}::uuid[], ${messages.map((message) => message.kind)}::text[],
      ${messages.map((message) => message.recipient)}::text[], ${messages.map((message) => message.body)}::text[])
      as given (id, channel, order_id, kind, recipient, body)
    on conflict (order_id, kind, channel, recipient) do nothing`.execute(trx);
}

export interface ClaimedMessage extends Message {
  /** For the second time a worker took it and never wrote down what came of it: not to be sent blindly once more. */
  isHopeless: boolean;
}

/**
 * Takes messages that are due, until `leaseEnd` for this worker alone, and writes down that an attempt begins before
 * anything is sent. A message whose lease ended in another worker's hands is due too.
 */
export async function claimMessages(
  db: Kysely<Database>,
  channel: Channel,
  limit: number,
  now: Date,
  leaseEnd: Date,
): Promise<ClaimedMessage[]> {
  return db.transaction().execute(async (trx) => {
    // An ordered walk of the index stops after `limit`; a never-analysed table must not be read and sorted instead.
    await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`.execute(trx);
    const { rows } = await sql<ClaimedMessage>`
      with due as materialized (
        select id, status, ambiguous from messages where channel = ${channel} and status in ('queued', 'sending') and due_at <= ${now}
        order by due_at, id limit ${limit} for update skip locked
      ), claimed as (
        update messages set status = 'sending', attempts = attempts + 1, due_at = ${leaseEnd}, updated_at = ${now},
          ambiguous = messages.ambiguous or due.status = 'sending'
        from due where messages.id = due.id
        returning messages.id, messages.channel, messages.order_id, messages.kind, messages.recipient, messages.body,
          messages.attempts, messages.ambiguous, due.status = 'sending' and due.ambiguous as is_hopeless
      ), begun as (
        insert into message_attempts (message_id, attempt, started_at) select id, attempts, ${now} from claimed
      )
      select id, channel, order_id as "orderId", kind, recipient, body, attempts, ambiguous, is_hopeless as "isHopeless"
      from claimed`.execute(trx);
    return rows;
  });
}

/**
 * Writes what came of an attempt, unless the lease ended meanwhile and another worker has taken the message over.
 * A delivery report may have come first: a final status is never overwritten.
 */
export async function saveOutcome(
  db: Kysely<Database>,
  message: Message,
  outcome: Outcome,
  next: NextStep,
  now: Date,
): Promise<void> {
  const dueAt = next.status === 'queued' ? new Date(now.getTime() + next.waitMs) : now;
  const accepted = outcome.kind === 'accepted' ? outcome : undefined;
  await sql`
    with ended as (
      update message_attempts set ended_at = ${now}, outcome = ${outcome.kind}, detail = ${outcome.detail},
        provider_id = ${accepted?.providerId ?? null}, cost = ${accepted?.cost?.amount ?? null}::numeric,
        cost_currency = ${accepted?.cost?.currency ?? null}
      where message_id = ${message.id} and attempt = ${message.attempts} and ended_at is null
    )
    update messages set status = ${next.status}, due_at = ${dueAt}, updated_at = ${now},
      ambiguous = ambiguous or ${next.status === 'queued' && next.ambiguous},
      failure = ${next.status === 'failed' ? next.failure : null}
    where id = ${message.id} and status = 'sending' and attempts = ${message.attempts}`.execute(db);
}
