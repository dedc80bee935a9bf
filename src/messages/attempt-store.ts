// Owns the SQL of sending: which messages are due, attempts that begin and end, and what follows from them for the ledger.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { alongIndexes } from '../platform/index-walks.ts';
import type { AttemptedMessage, Channel, FailedMessage, HeldFor, Message, NextStep, Outcome } from './message.ts';
import { messageMoves } from './moves.ts';
import { mayMove } from './store.ts';

export interface DueMessage {
  id: string;
  kind: string;
  recipient: string;
  heldFor: HeldFor | null;
  /** Whose order it is about; null where it is about none. */
  userId: string | null;
  createdAt: Date;
  /** A worker had taken it and is dead. It was admitted then, and may have gone out: to hold it would lose the mark of that. */
  wasTaken: boolean;
}

/** What one recipient has got lately: within an hour by SMS, within a minute by e-mail. */
export interface Lately {
  /** Up to as many as the limit allows. */
  count: number;
  /** When the first of these went out. */
  oldestAt: Date;
  /** Whose order each of them was about. */
  userIds: (string | null)[];
}

/** How many SMS wait for one number because of its limit. */
export interface Waiting {
  recipient: string;
  userId: string | null;
  count: number;
}

/** A message that is not worth waiting for, and why. */
export interface Drop {
  id: string;
  reason: string;
}

export interface Hold {
  id: string;
  heldFor: HeldFor;
  until: Date;
}

/**
 * Waits until nobody else takes messages of the channel, so that what limits count is true, until the transaction ends.
 * Not a lock of the channel's row: an idle worker that looks four times a second would write each time.
 */
export async function lockClaims(trx: Transaction, channel: Channel): Promise<void> {
  await sql`
    select ${alongIndexes}, pg_advisory_xact_lock(hashtext('claims of messages'), hashtext(${channel}))`.execute(trx);
}

/** Messages that are due, the longest due first. One whose lease ended in another worker's hands is due too. */
export async function listDue(trx: Transaction, channel: Channel, limit: number, now: Date): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`
    select id, kind, recipient, held_for as "heldFor", user_id as "userId", created_at as "createdAt",
      status = 'sending' as "wasTaken"
    from messages
    where channel = ${channel} and ${mayMove('take')} and digest_id is null and due_at <= ${now}
    order by due_at, id limit ${limit}`.execute(trx);
  return rows;
}

/** What recipients have got since a moment, of some kinds or of any, counted up to `limit`; who got nothing is not in it. */
export async function listLately(
  trx: Transaction,
  channel: Channel,
  recipients: readonly string[],
  { since, limit, kinds }: { since: Date; limit: number; kinds?: readonly string[] },
): Promise<Map<string, Lately>> {
  const { rows } = await sql<Lately & { recipient: string }>`
    select recipient, count(*)::int as count, min(updated_at) as "oldestAt", array_agg(user_id) as "userIds"
    from unnest(${[...new Set(recipients)]}::text[]) as given (recipient), lateral (
      select updated_at, user_id from messages
      where messages.recipient = given.recipient and channel = ${channel} and updated_at > ${since}
        and status in ('sending', 'sent', 'delivered') and digest_id is null ${kinds === undefined ? sql`` : sql`and kind = any(${kinds}::text[])`}
      order by updated_at desc limit ${limit}
    ) as lately
    group by recipient`.execute(trx);
  return new Map(rows.map(({ recipient, ...lately }) => [recipient, lately]));
}

/** What waits for these numbers because of their limit. */
export async function listWaiting(trx: Transaction, recipients: readonly string[]): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select recipient, user_id as "userId", count(*)::int as count from messages
    where status = 'queued' and held_for = 'number-limit' and recipient = any(${[...new Set(recipients)]}::text[])
    group by recipient, user_id`.execute(trx);
  return rows;
}

/** Ends messages for which there is no point in waiting any longer. */
export async function cancelDue(trx: Transaction, given: readonly Drop[], now: Date): Promise<void> {
  await sql`
    update messages set status = 'cancelled', held_for = null, failure = given.reason, updated_at = ${now}
    from unnest(${given.map(({ id }) => id)}::uuid[], ${given.map(({ reason }) => reason)}::text[]) as given (id, reason)
    where messages.id = given.id and ${mayMove('cancel')}`.execute(trx);
}

/** Lets messages wait although nothing is wrong with them. */
export async function holdMessages(trx: Transaction, holds: readonly Hold[], now: Date): Promise<void> {
  await sql`
    update messages set status = 'queued', due_at = given.until, held_for = given.held_for, updated_at = ${now}
    from unnest(${holds.map(({ id }) => id)}::uuid[], ${holds.map(({ until }) => until)}::timestamptz[],
      ${holds.map(({ heldFor }) => heldFor)}::text[]) as given (id, until, held_for)
    where messages.id = given.id and ${mayMove('hold')}`.execute(trx);
}

export interface ClaimedMessage extends AttemptedMessage {
  /** For the second time a worker took it and never wrote down what came of it: not to be sent blindly once more. */
  isHopeless: boolean;
}

/** Gives those that are still due to one worker until `leaseEnd`, and writes down that an attempt begins before anything is sent. */
export async function beginAttempts(
  trx: Transaction,
  ids: readonly string[],
  now: Date,
  leaseEnd: Date,
): Promise<ClaimedMessage[]> {
  const { rows } = await sql<ClaimedMessage>`
    with due as materialized (
      select id, status, ambiguous from messages
      where id = any(${ids}::uuid[]) and ${mayMove('take')} and due_at <= ${now} for update skip locked
    ), claimed as (
      update messages set status = 'sending', attempts = attempts + 1, due_at = ${leaseEnd}, updated_at = ${now},
        held_for = null, ambiguous = messages.ambiguous or due.status = 'sending'
      from due where messages.id = due.id and ${mayMove('take')}
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
      where ${channel} = 'email' and messages.digest_id = digest.id and ${mayMove('tellInDigest')}
        and given.status = any(${messageMoves.tellInDigest.to}::text[])
      returning messages.digest_id
    ), written as (
      update messages set status = given.status, due_at = given.due_at, updated_at = ${now},
        ambiguous = messages.ambiguous or given.ambiguous, failure = given.failure
      from given
      where messages.id = given.message_id and ${mayMove('settle')} and messages.attempts = given.attempt
      returning messages.id, messages.channel, messages.order_id, messages.status, messages.failure
    )
    select id, channel, order_id as "orderId", failure as reason,
      (select count(*)::int from told where digest_id = written.id) as sharers
    from written where status = 'failed'`.execute(db);
  return rows;
}
