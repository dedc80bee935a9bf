// Owns finding orders: a customer's own, and what staff filter and search for, newest first.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { findCustomer, listCustomers, listUserIdsByPhone } from '../customers/store.ts';
import type { Identity } from '../identity/identity.ts';
import { phonePrefix } from '../phones/phone.ts';
import type { Asked } from '../platform/addresses.ts';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import { readInstant } from '../platform/instant.ts';
import { cutPage, decodeIdCursor, pageLinks, pageQuery, pageSize } from '../platform/page.ts';
import { type Order, orderStatuses } from './order.ts';
import { orderNumber } from './order-code.ts';
import { listOrdersOfUsers, listOrdersPage, type OrderFilter } from './store.ts';

export interface SearchOrdersDeps {
  db: Kysely<Database>;
  defaultRegion: string;
}

export const listQuery = Type.Object(
  {
    ...pageQuery,
    status: Type.Optional(Type.Enum([...orderStatuses])),
    customer: Type.Optional(Type.String({ format: 'uuid', description: 'The id of a customer.' })),
    code: Type.Optional(Type.String({ maxLength: 20, description: 'In any case, with or without dashes.' })),
    placed_after: Type.Optional(Type.String({ format: 'date-time', description: 'At this time or later.' })),
    placed_before: Type.Optional(Type.String({ format: 'date-time', description: 'Before this time.' })),
    search: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 100,
        description: "An order's code, or the beginning of a phone number, or part of a name.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type OrderListQuery = Static<typeof listQuery>;

/** One page of the orders that the caller may see and asked for, and its `Link` header. */
export async function searchOrders(
  deps: SearchOrdersDeps,
  caller: Identity,
  query: OrderListQuery,
  asked: Asked,
): Promise<{ orders: Order[]; links: string }> {
  const limit = pageSize(query);
  const found = await findPage(deps, caller, query, limit + 1);
  const { page, next } = cutPage(found, limit, (last) => [last.id]);
  return { orders: page, links: pageLinks(asked, next) };
}

async function findPage(
  deps: SearchOrdersDeps,
  caller: Identity,
  query: OrderListQuery,
  limit: number,
): Promise<Order[]> {
  const filter: OrderFilter = { status: query.status, ...timeBounds(query) };
  if (!caller.permissions.has('orders:read')) filter.userId = caller.userId;

  if (query.customer !== undefined) {
    const customer = await findCustomer(deps.db, query.customer);
    if (!customer || (filter.userId !== undefined && filter.userId !== customer.userId)) return [];
    filter.userId = customer.userId;
  }
  if (query.code !== undefined) {
    filter.number = orderNumber(query.code);
    if (filter.number === undefined) return [];
  }
  if (query.search === undefined) return listOrdersPage(deps.db, filter, limit);

  const number = orderNumber(query.search);
  if (number !== undefined && (filter.number ?? number) === number) {
    const exact = await listOrdersPage(deps.db, { ...filter, number }, limit);
    if (exact.length > 0) return exact;
  }
  const prefix = phonePrefix(query.search, deps.defaultRegion);
  const userIds =
    prefix === undefined
      ? (await listCustomers(deps.db, { name: query.search }, maxNamesakes)).map((customer) => customer.userId)
      : await listUserIdsByPhone(deps.db, prefix, maxNamesakes);
  const theirs = filter.userId === undefined ? userIds : userIds.filter((id) => id === filter.userId);
  return listOrdersOfUsers(deps.db, theirs, { ...filter, phonePrefix: prefix }, limit);
}

/** A search by name or phone looks at the orders of this many customers at most. */
const maxNamesakes = 200;

/** Ids are UUIDv7, so "placed at or after a time" is "with at least this id", and a cursor is one more upper bound. */
function timeBounds(query: OrderListQuery): Pick<OrderFilter, 'fromId' | 'beforeId'> {
  const before = query.placed_before === undefined ? [] : [earliestId(readInstant(query.placed_before))];
  if (query.cursor !== undefined) before.push(decodeIdCursor(query.cursor));
  return {
    fromId: query.placed_after === undefined ? undefined : earliestId(readInstant(query.placed_after)),
    beforeId: before.toSorted()[0],
  };
}
