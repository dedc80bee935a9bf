// Owns the SQL with which staff look at the ledger, without ever reading it whole, and change a message.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import { uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { withoutTableScans } from '../platform/index-walks.ts';
import type { Channel, Cost, HeldFor, Message, MessageStatus, Outcome } from './message.ts';
import { mayMove } from './store.ts';

/** A message as staff see it. */
export interface LedgerMessage extends Message {
  status: MessageStatus;
  /** While queued: when it is due. */
  dueAt: Date;
  failure: string | null;
  heldFor: HeldFor | null;
  /** The digest that tells of it, whose fate it shares. */
  digestId: string | null;
  /** The message that staff had sent again as this one, and the one that it was sent again as. */
  copyOf: string | null;
  copiedAs: string | null;
  acknowledgedAt: Date | null;
  /** When its text and the provider's answers were removed: by age, or with its customer. */
  textRemovedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface Attempt {
  attempt: number;
  startedAt: Date;
  endedAt: Date | null;
  outcome: Outcome['kind'] | null;
  detail: string;
  providerId: string | null;
  cost: Cost | null;
  report: string | null;
  reportReason: string | null;
  reportedAt: Date | null;
}

/** Where to look: each reads an index of its own, and none more of the ledger than its answer and a bounded rest. */
export type Access =
  | { by: 'newest' }
  | { by: 'orders'; orderIds: readonly string[] }
  /** The messages of these orders, and those about no order to numbers that begin like this (E.164). */
  | { by: 'phone'; orderIds: readonly string[]; phonePrefix: string }
  | { by: 'attention' }
  | { by: 'status'; status: MessageStatus };

export interface LedgerFilter {
  channel?: Channel | undefined;
  kind?: string | undefined;
  status?: MessageStatus | undefined;
  /** Whether it failed for good, and nobody has taken note of it. */
  needsAttention?: boolean | undefined;
  /** Inclusive. */
  fromId?: string | undefined;
  /** Exclusive. */
  beforeId?: string | undefined;
}

export interface LedgerPage {
  /** Newest first. */
  messages: LedgerMessage[];
  /** Where the next page begins: exclusive. Undefined at the end. */
  nextBeforeId: string | undefined;
}

/** So many of the newest are looked at for one page: a rare kind gives short pages, and never a long wait. */
const maxLookedAt = 50_000;
/** More than any order has: five statuses, their staff, and a chatty customer. */
const maxOfOrder = 500;
/** Messages about no order to one number, or to numbers that begin alike. */
const maxAboutNoOrder = 1_000;

const columns = sql`messages.id, messages.channel, messages.order_id as "orderId", messages.kind, messages.recipient, messages.body,
  messages.status, messages.attempts, messages.ambiguous, messages.due_at as "dueAt", messages.failure,
  messages.held_for as "heldFor", messages.digest_id as "digestId", messages.copy_of as "copyOf",
  (select copy.id from messages as copy where copy.copy_of = messages.id) as "copiedAs",
  messages.acknowledged_at as "acknowledgedAt", messages.text_removed_at as "textRemovedAt",
  messages.created_at as "createdAt", messages.updated_at as "updatedAt"`;

const needsAttention = sql`messages.status = 'failed' and messages.acknowledged_at is null and messages.digest_id is null`;

function matches(filter: LedgerFilter): RawBuilder<unknown> {
  const conditions = [sql`true`];
  if (filter.channel !== undefined) conditions.push(sql`messages.channel = ${filter.channel}`);
  if (filter.kind !== undefined) conditions.push(sql`messages.kind = ${filter.kind}`);
  if (filter.status !== undefined) conditions.push(sql`messages.status = ${filter.status}`);
  if (filter.needsAttention === true) conditions.push(needsAttention);
  if (filter.needsAttention === false) conditions.push(sql`not (${needsAttention})`);
  conditions.push(within(filter));
  return sql.join(conditions, sql` and `);
}

function within({ fromId, beforeId }: LedgerFilter): RawBuilder<unknown> {
  const from = fromId === undefined ? sql`true` : sql`messages.id >= ${fromId}`;
  return beforeId === undefined ? from : sql`${from} and messages.id < ${beforeId}`;
}

/** The table, or the part of it that the index for this access gives. Materialized, so that no plan walks the rest. */
function source(access: Access, filter: LedgerFilter): RawBuilder<unknown> {
  if (access.by === 'newest') {
    return sql`(select * from messages where ${within(filter)} order by id desc limit ${maxLookedAt}) as messages`;
  }
  if (access.by === 'orders') {
    return sql`(select * from messages where order_id = any(${uuidArray(access.orderIds)}::uuid[]) offset 0) as messages`;
  }
  if (access.by === 'phone') {
    const { orderIds, phonePrefix } = access;
    const like = `${phonePrefix}%`;
    return sql`((select * from messages where order_id = any(${uuidArray(orderIds)}::uuid[]) and recipient like ${like})
      union all (select * from messages where order_id is null and recipient like ${like} limit ${maxAboutNoOrder}))
      as messages`;
  }
  // Those that wait to be sent are few, but for a moment after a flash sale, and in no order that is asked for here.
  if (access.by === 'status' && ['queued', 'sending'].includes(access.status)) {
    return sql`(select * from messages where status in ('queued', 'sending') offset 0) as messages`;
  }
  return sql`messages`;
}

/** A replica is read within a transaction already, see platform/replica.ts. */
const withinTransaction = <T>(db: Kysely<Database>, run: (trx: Kysely<Database>) => Promise<T>): Promise<T> =>
  db.isTransaction ? run(db) : db.transaction().execute(run);

export function listLedger(
  db: Kysely<Database>,
  access: Access,
  filter: LedgerFilter,
  limit: number,
): Promise<LedgerPage> {
  return withinTransaction(db, async (trx) => {
    await sql`select ${withoutTableScans}`.execute(trx);
    const { rows } = await sql<LedgerMessage>`
      select ${columns} from ${source(access, filter)} where ${matches(filter)}
      order by messages.id desc limit ${limit + 1}`.execute(trx);
    if (rows.length > limit) return { messages: rows.slice(0, limit), nextBeforeId: rows[limit - 1]?.id };
    if (access.by !== 'newest') return { messages: rows, nextBeforeId: undefined };
    const { rows: edge } = await sql<{ id: string }>`
      select id from messages where ${within(filter)} order by id desc offset ${maxLookedAt - 1} limit 1`.execute(trx);
    return { messages: rows, nextBeforeId: edge[0]?.id };
  });
}

export async function findLedgerMessage(db: Kysely<Database>, id: string): Promise<LedgerMessage | undefined> {
  const { rows } = await sql<LedgerMessage>`select ${columns} from messages where id = ${id}`.execute(db);
  return rows[0];
}

/** As {@link findLedgerMessage}, and neither a worker nor anybody else touches it until the transaction ends. */
export async function lockLedgerMessage(trx: Transaction, id: string): Promise<LedgerMessage | undefined> {
  await sql`select from messages where id = ${id} for no key update`.execute(trx);
  return findLedgerMessage(trx, id);
}

/** What was sent about an order, oldest first, on one channel or on all: as far as any order has it. */
export async function listOrderMessages(
  db: Kysely<Database>,
  orderId: string,
  channel: Channel | undefined,
): Promise<LedgerMessage[]> {
  const { rows } = await sql<LedgerMessage>`
    select ${columns} from messages
    where order_id = ${orderId} ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
    order by id limit ${maxOfOrder}`.execute(db);
  return rows;
}

/** The attempts of messages, by the messages' ids, oldest first. */
export async function listAttempts(
  db: Kysely<Database>,
  messageIds: readonly string[],
): Promise<Map<string, Attempt[]>> {
  const attempts = new Map<string, Attempt[]>(messageIds.map((id) => [id, []]));
  if (messageIds.length === 0) return attempts;
  const rows = await db
    .selectFrom('message_attempts')
    .selectAll()
    .where('message_id', '=', sql<string>`any(${uuidArray(messageIds)}::uuid[])`)
    .orderBy('message_id')
    .orderBy('attempt')
    .execute();
  for (const row of rows) {
    attempts.get(row.message_id)?.push({
      attempt: row.attempt,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      outcome: row.outcome,
      detail: row.detail,
      providerId: row.provider_id,
      cost: row.cost === null || row.cost_currency === null ? null : { amount: row.cost, currency: row.cost_currency },
      report: row.report,
      reportReason: row.report_reason,
      reportedAt: row.reported_at,
    });
  }
  return attempts;
}

/** Cancels a message that is queued, and with a digest what it tells of. */
export async function saveCancelled(trx: Transaction, id: string, failure: string, now: Date): Promise<void> {
  await sql`
    update messages set status = 'cancelled', failure = ${failure}, held_for = null, updated_at = ${now}
    where (id = ${id} or digest_id = ${id}) and ${mayMove('cancel')}`.execute(trx);
}

export async function saveAcknowledged(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx.updateTable('messages').set({ acknowledged_at: now, updated_at: now }).where('id', '=', id).execute();
}

/** What a digest told of is now told by its copy. */
export async function moveDigest(trx: Transaction, fromId: string, toId: string): Promise<void> {
  await sql`update messages set digest_id = ${toId} where digest_id = ${fromId}`.execute(trx);
}
