// Owns finding messages in the ledger: what staff filter and search for, newest first.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { listUserIdsByPhone } from '../customers/store.ts';
import { orderNumber } from '../orders/order-code.ts';
import { findOrderByNumber, listOrderIdsOfUsers, listOrderNumbers } from '../orders/store.ts';
import { readPhonePrefix } from '../phones/phone.ts';
import type { Asked } from '../platform/addresses.ts';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import { readInstant } from '../platform/instant.ts';
import { addDays, startOfLocalDay } from '../platform/local-time.ts';
import { decodeIdCursor, encodeCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { type Access, type LedgerFilter, type LedgerMessage, listLedger } from './ledger-store.ts';
import { channels, messageStatuses } from './message.ts';

export interface ListMessagesDeps {
  db: Kysely<Database>;
  defaultRegion: string;
  /** IANA name. */
  timeZone: string;
}

export const listQuery = Type.Object(
  {
    ...pageQuery,
    order: Type.Optional(Type.String({ format: 'uuid', description: 'The id of the order that it is about.' })),
    code: Type.Optional(
      Type.String({ maxLength: 20, description: 'The code of that order, in any case, with or without dashes.' }),
    ),
    phone: Type.Optional(
      Type.String({
        minLength: 4,
        maxLength: 40,
        description: 'A phone number or its beginning: what it got about its newest orders, and answers to it.',
      }),
    ),
    channel: Type.Optional(Type.Enum([...channels])),
    status: Type.Optional(Type.Enum([...messageStatuses])),
    kind: Type.Optional(Type.String({ pattern: '^[a-z-]{1,40}$', description: 'Such as `order-pending`.' })),
    needs_attention: Type.Optional(
      Type.Boolean({ description: 'Whether it failed for good and nobody has taken note of it or sent it again.' }),
    ),
    day: Type.Optional(
      Type.String({ format: 'date', description: 'When it was queued: a day in the time zone of the shop.' }),
    ),
    created_after: Type.Optional(Type.String({ format: 'date-time', description: 'At this time or later.' })),
    created_before: Type.Optional(Type.String({ format: 'date-time', description: 'Before this time.' })),
  },
  { additionalProperties: false },
);

export type MessageListQuery = Static<typeof listQuery>;

/** How many users who have had a number, and how many of their orders, a search by phone looks at. */
const maxUsers = 200;
const maxOrders = 500;

/** One page of what was asked for, the numbers of the orders it is about, and its `Link` header. */
export async function searchMessages(
  deps: ListMessagesDeps,
  query: MessageListQuery,
  asked: Asked,
): Promise<{ messages: LedgerMessage[]; orderNumbers: Map<string, number>; links: string }> {
  const filter = toFilter(query, deps.timeZone);
  const access = await findAccess(deps, query, filter);
  const { messages, nextBeforeId } = await listLedger(deps.db, access, filter, pageSize(query));
  const orderIds = new Set(messages.flatMap(({ orderId }) => orderId ?? []));
  return {
    messages,
    orderNumbers: await listOrderNumbers(deps.db, [...orderIds]),
    links: pageLinks(asked, nextBeforeId === undefined ? undefined : encodeCursor([nextBeforeId])),
  };
}

async function findAccess(deps: ListMessagesDeps, query: MessageListQuery, filter: LedgerFilter): Promise<Access> {
  if (query.order !== undefined || query.code !== undefined) {
    return { by: 'orders', orderIds: await findOrderIds(deps, query) };
  }
  if (query.phone !== undefined) {
    const prefix = readPhonePrefix(query.phone, deps.defaultRegion, '?phone');
    const userIds = await listUserIdsByPhone(deps.db, prefix, maxUsers);
    // A message is newer than its order, so that orders behind the cursor have none before it.
    const orderIds = await listOrderIdsOfUsers(
      deps.db,
      userIds,
      { phonePrefix: prefix, beforeId: filter.beforeId },
      maxOrders,
    );
    return { by: 'phone', orderIds, phonePrefix: prefix };
  }
  if (query.needs_attention === true) return { by: 'attention' };
  const hasIndex = query.status !== undefined && !['sent', 'delivered'].includes(query.status);
  return hasIndex && query.status ? { by: 'status', status: query.status } : { by: 'newest' };
}

/** None where the order and the code are not of the same order, or there is no such order. */
async function findOrderIds(deps: ListMessagesDeps, { order, code }: MessageListQuery): Promise<string[]> {
  if (code === undefined) return order === undefined ? [] : [order];
  const number = orderNumber(code);
  if (number === undefined) return [];
  const id = (await findOrderByNumber(deps.db, number))?.id;
  return id !== undefined && (order === undefined || id === order.toLowerCase()) ? [id] : [];
}

/** Ids are UUIDv7, so bounds in time are bounds on ids, and a cursor is one more upper bound. */
function toFilter(query: MessageListQuery, timeZone: string): LedgerFilter {
  const from = query.created_after === undefined ? [] : [readInstant(query.created_after)];
  const before = query.created_before === undefined ? [] : [readInstant(query.created_before)];
  if (query.day !== undefined) {
    from.push(startOfLocalDay(query.day, timeZone));
    before.push(startOfLocalDay(addDays(query.day, 1), timeZone));
  }
  const beforeIds = before.map(earliestId);
  if (query.cursor !== undefined) beforeIds.push(decodeIdCursor(query.cursor));
  return {
    channel: query.channel,
    kind: query.kind,
    status: query.status,
    needsAttention: query.needs_attention,
    fromId: from.map(earliestId).toSorted().at(-1),
    beforeId: beforeIds.toSorted()[0],
  };
}
