// Owns the SQL of the ledger: messages and the attempts to send them.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { alongIndexes } from '../platform/index-walks.ts';
import type { DueMessage, Hold, Lately } from './admission.ts';
import type {
  AttemptedMessage,
  Channel,
  FailedMessage,
  HeldFor,
  Message,
  MessageStatus,
  NextStep,
  Outcome,
} from './message.ts';
import { optedOutReason } from './opt-out-store.ts';

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
  acknowledged_at: Date | null;
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

export interface NewMessage extends Pick<Message, 'id' | 'channel' | 'orderId' | 'kind' | 'recipient' | 'body'> {
  /** True for what goes also to a number that has opted out: that it has. */
  despiteOptOut?: boolean;
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
    insert into messages (id, channel, order_id, kind, recipient, body, traceparent, copy_of, status, failure, due_at,
      created_at, updated_at)
    select id, channel, order_id, kind, recipient, body, traceparent, copy_of,
      case when opted_out then 'cancelled' else 'queued' end,
      case when opted_out then ${optedOutReason} end, ${now}, ${now}, ${now}
    from unnest(
      ${messages.map((message) => message.id)}::uuid[], ${messages.map((message) => message.channel)}::text[],
      ${messages.map((message) => message.orderId)}::uuid[], ${messages.map((message) => message.kind)}::text[],
      ${messages.map((message) => message.recipient)}::text[], ${messages.map((message) => message.body)}::text[],
      ${messages.map((message) => traces.get(message.orderId) ?? null)}::text[],
      ${messages.map((message) => message.copyOf ?? null)}::uuid[],
      ${messages.map((message) => message.despiteOptOut ?? false)}::boolean[])
      as given (id, channel, order_id, kind, recipient, body, traceparent, copy_of, despite_opt_out)
    cross join lateral (
      select channel = 'sms' and not despite_opt_out
        and exists (select from opt_outs where phone_number = recipient) as opted_out) as checked
    on conflict (order_id, kind, channel, recipient) where kind not like 'reply-%' and copy_of is null do nothing`.execute(
    trx,
  );
}

/**
 * Waits until nobody else takes messages of the channel, so that what limits count is true, until the transaction ends.
 * Not a lock of the channel's row: an idle worker that looks four times a second would write each time.
 */
export async function lockClaims(trx: Transaction, channel: Channel): Promise<void> {
  await sql`
    select ${alongIndexes}, pg_advisory_xact_lock(hashtext('claims of messages'), hashtext(${channel}))`.execute(trx);
}

/** Locks messages that are due, the longest due first. One whose lease ended in another worker's hands is due too. */
export async function lockDue(trx: Transaction, channel: Channel, limit: number, now: Date): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`
    select id, kind, recipient, held_for as "heldFor", status = 'sending' as "wasTaken" from messages
    where channel = ${channel} and status in ('queued', 'sending') and digest_id is null and due_at <= ${now}
    order by due_at, id limit ${limit} for update skip locked`.execute(trx);
  return rows;
}

/** What recipients have got since a moment, of one kind or of any, counted up to `limit`; who got nothing is not in it. */
export async function listLately(
  trx: Transaction,
  channel: Channel,
  recipients: readonly string[],
  { since, limit, kind }: { since: Date; limit: number; kind?: string },
): Promise<Map<string, Lately>> {
  const { rows } = await sql<Lately & { recipient: string }>`
    select recipient, count(*)::int as count, case when count(*) >= ${limit} then min(updated_at) end as "fullSince"
    from unnest(${[...new Set(recipients)]}::text[]) as given (recipient), lateral (
      select updated_at from messages
      where messages.recipient = given.recipient and channel = ${channel} and updated_at > ${since}
        and status in ('sending', 'sent', 'delivered') and digest_id is null ${kind === undefined ? sql`` : sql`and kind = ${kind}`}
      order by updated_at desc limit ${limit}
    ) as lately
    group by recipient`.execute(trx);
  return new Map(rows.map(({ recipient, ...lately }) => [recipient, lately]));
}

/** Lets messages wait although nothing is wrong with them. */
export async function holdMessages(trx: Transaction, holds: readonly Hold[], now: Date): Promise<void> {
  await sql`
    update messages set status = 'queued', due_at = given.until, held_for = given.held_for, updated_at = ${now}
    from unnest(${holds.map(({ id }) => id)}::uuid[], ${holds.map(({ until }) => until)}::timestamptz[],
      ${holds.map(({ heldFor }) => heldFor)}::text[]) as given (id, until, held_for)
    where messages.id = given.id`.execute(trx);
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

export interface ClaimedMessage extends AttemptedMessage {
  /** For the second time a worker took it and never wrote down what came of it: not to be sent blindly once more. */
  isHopeless: boolean;
}

/** Gives messages to one worker until `leaseEnd`, and writes down that an attempt begins before anything is sent. */
export async function beginAttempts(
  trx: Transaction,
  ids: readonly string[],
  now: Date,
  leaseEnd: Date,
): Promise<ClaimedMessage[]> {
  const { rows } = await sql<ClaimedMessage>`
    with due as materialized (
      select id, status, ambiguous from messages where id = any(${ids}::uuid[])
    ), claimed as (
      update messages set status = 'sending', attempts = attempts + 1, due_at = ${leaseEnd}, updated_at = ${now},
        held_for = null, ambiguous = messages.ambiguous or due.status = 'sending'
      from due where messages.id = due.id
      returning messages.*, channel = 'sms' and due.status = 'sending' and due.ambiguous as is_hopeless
    ), begun as (
      insert into message_attempts (message_id, attempt, started_at) select id, attempts, ${now} from claimed
    )
    select id, channel, order_id as "orderId", kind, recipient, body, attempts, ambiguous, traceparent, created_at as "createdAt",
      is_hopeless as "isHopeless", case when attempts = 1 then 0 else (
        select count(*)::int from message_attempts where message_id = claimed.id and outcome = 'retry'
      ) end as retries
    from claimed order by id`.execute(trx);
  return rows;
}

/** What came of one attempt, and what follows from it. */
export interface EndedAttempt {
  message: Message;
  outcome: Outcome;
  next: NextStep;
}

/**
 * Writes what came of attempts, unless a lease ended meanwhile and another worker has taken the message over.
 * A delivery report may have come first: a final status is never overwritten. What was charged is added to the day's sum.
 * What a digest tells of shares its fate.
 * @param day of the shop's time zone, as 2026-11-26
 * @returns the messages that failed for good
 */
export async function saveOutcomes(
  db: Kysely<Database>,
  channel: Channel,
  attempts: readonly EndedAttempt[],
  now: Date,
  day: string,
): Promise<FailedMessage[]> {
  const given = attempts.map(({ message, outcome, next }) => {
    const accepted = outcome.kind === 'accepted' ? outcome : undefined;
    return {
      message_id: message.id,
      attempt: message.attempts,
      outcome: outcome.kind,
      detail: outcome.detail,
      provider_id: accepted?.providerId ?? null,
      cost: accepted?.cost?.amount ?? null,
      cost_currency: accepted?.cost?.currency ?? null,
      status: next.status,
      due_at: next.status === 'queued' ? new Date(now.getTime() + next.waitMs) : now,
      ambiguous: next.status === 'queued' && next.ambiguous,
      failure: next.status === 'failed' ? next.failure : null,
    };
  });
  const { rows } = await sql<FailedMessage>`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given (message_id uuid, attempt integer,
        outcome text, detail text, provider_id text, cost numeric, cost_currency text,
        status text, due_at timestamptz, ambiguous boolean, failure text)
    ), ended as (
      update message_attempts as each set ended_at = ${now}, outcome = given.outcome, detail = given.detail,
        provider_id = given.provider_id, cost = given.cost, cost_currency = given.cost_currency
      from given
      where each.message_id = given.message_id and each.attempt = given.attempt and each.ended_at is null
      returning each.cost, each.cost_currency
    ), charged as (
      insert into message_costs (day, channel, currency, amount, messages)
      select ${day}, ${channel}, cost_currency, sum(cost), count(*) from ended where cost is not null
      group by cost_currency order by cost_currency
      on conflict (day, channel, currency) do update
      set amount = message_costs.amount + excluded.amount, messages = message_costs.messages + excluded.messages
    ), told as (
      update messages set status = given.status, updated_at = ${now}, failure = given.failure,
        ambiguous = messages.ambiguous or digest.ambiguous
      from given join messages as digest on digest.id = given.message_id
      where ${channel} = 'email' and messages.digest_id = digest.id and messages.status in ('queued', 'failed')
        and given.status in ('sent', 'failed')
      returning messages.digest_id
    ), written as (
      update messages set status = given.status, due_at = given.due_at, updated_at = ${now},
        ambiguous = messages.ambiguous or given.ambiguous, failure = given.failure
      from given
      where messages.id = given.message_id and messages.status = 'sending' and messages.attempts = given.attempt
      returning messages.id, messages.channel, messages.order_id, messages.status, messages.failure
    )
    select id, channel, order_id as "orderId", failure as reason,
      (select count(*)::int from told where digest_id = written.id) as sharers
    from written where status = 'failed'`.execute(db);
  return rows;
}
