// Owns finding orders: a customer's own, and what staff filter and search for, newest first.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import {
  customerWords,
  isAmongNamesakes,
  isNamesake,
  listNamesakes,
  namesakeUsers,
} from '../customers/customer-list-store.ts';
import { findCustomer, listUserIdsByPhone, usersByPhone } from '../customers/store.ts';
import type { Identity } from '../identity/identity.ts';
import { phonePrefix } from '../phones/phone.ts';
import type { Asked } from '../platform/addresses.ts';
import type { Database } from '../platform/database.ts';
import { earliestId, uuidPattern } from '../platform/ids.ts';
import { readInstant } from '../platform/instant.ts';
import {
  cutPage,
  decodeCursor,
  decodeIdCursor,
  foreignCursor,
  pageLinks,
  pageQuery,
  pageSize,
} from '../platform/page.ts';
import { beginningTier, isTier, readSearch, type Search, type Tier, walkTiers } from '../search/word-index.ts';
import { type Order, orderStatuses } from './order.ts';
import { orderNumber } from './order-code.ts';
import { fewPeople, listOrdersOfMany, listOrdersOfUsers, orderingCustomer, type People } from './order-list-store.ts';
import { listOrdersPage, type OrderFilter } from './store.ts';

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
        description:
          "An order's code, or the beginning of a phone number, or words of a customer's name or their beginnings, with or " +
          'without marks and apostrophes. By name the orders of those whose name is just this come first, then of those who ' +
          'have all these words, then of those with words that begin so, and the newest of each first. Typing errors are ' +
          'forgiven where no name has the words.',
        examples: ['muthiga'],
      }),
    ),
  },
  { additionalProperties: false },
);

export type OrderListQuery = Static<typeof listQuery>;

/** An order, and in which tier of a search for a name it was found. */
type FoundOrder = Order & { tier?: Tier };

/** One page of the orders that the caller may see and asked for, its `Link` header, and the cursor of the next if there is one. */
export async function searchOrders(
  deps: SearchOrdersDeps,
  caller: Identity,
  query: OrderListQuery,
  asked: Asked,
): Promise<{ orders: Order[]; links: string; next: string | undefined }> {
  const limit = pageSize(query);
  const found = await findPage(deps, caller, query, limit + 1);
  const { page, next } = cutPage(found, limit, ({ id, tier }) => (tier === undefined ? [id] : [id, tier]));
  return { orders: page, links: pageLinks(asked, next), next };
}

async function findPage(
  deps: SearchOrdersDeps,
  caller: Identity,
  query: OrderListQuery,
  limit: number,
): Promise<FoundOrder[]> {
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
  return query.search === undefined
    ? listOrdersPage(deps.db, before(filter, idCursor(query.cursor)), limit)
    : findSearched(deps, query.search, query.cursor, filter, limit);
}

async function findSearched(
  { db, defaultRegion }: SearchOrdersDeps,
  search: string,
  cursor: string | undefined,
  filter: OrderFilter,
  limit: number,
): Promise<FoundOrder[]> {
  const number = orderNumber(search);
  if (number !== undefined && (filter.number ?? number) === number) {
    const exact = await listOrdersPage(db, { ...filter, number }, limit);
    if (exact.length > 0) return exact;
  }
  const prefix = phonePrefix(search, defaultRegion);
  if (prefix === undefined) return findByName(db, search, cursor, filter, limit);
  const behind = before({ ...filter, phonePrefix: prefix }, idCursor(cursor));
  if (filter.userId !== undefined) return listOrdersPage(db, behind, limit);
  const few = fewPeople(filter);
  const userIds = await listUserIdsByPhone(db, prefix, few + 1);
  return userIds.length <= few
    ? listOrdersOfUsers(db, userIds, behind, limit)
    : listOrdersOfMany(db, { users: usersByPhone(prefix), isOne: undefined }, behind, limit);
}

/** Tier by tier of those whose name it is, and the newest orders of each tier first. */
async function findByName(
  db: Kysely<Database>,
  name: string,
  cursor: string | undefined,
  filter: OrderFilter,
  limit: number,
): Promise<FoundOrder[]> {
  const after = cursor === undefined ? undefined : decodeFound(cursor);
  const search = await readSearch(db, customerWords, name);
  if (!search) return [];
  const found: FoundOrder[] = [];
  const few = fewPeople(filter);
  await walkTiers(db, customerWords, search, after?.tier, async (asked, tier) => {
    const reach = { search: asked, tier };
    const behind = before(filter, tier === after?.tier ? after.id : undefined);
    const rest = limit - found.length;
    const userIds = await listNamesakes(db, reach, filter.userId, few + 1);
    if (userIds.length === 0) return 'none';
    const orders =
      userIds.length <= few
        ? await listOrdersOfUsers(db, userIds, behind, rest)
        : await listOrdersOfMany(db, peopleOf(reach), behind, rest);
    for (const order of orders) found.push({ ...order, tier });
    return found.length === limit ? 'all' : 'some';
  });
  return found;
}

const peopleOf = (reach: { search: Search; tier: Tier }): People => ({
  users: namesakeUsers(reach),
  isOne: {
    // A beginning may be that of every third name, which are too many to read.
    byLookUp: reach.tier === beginningTier ? isNamesake(reach, orderingCustomer) : undefined,
    byReadingAll: isAmongNamesakes(reach, orderingCustomer),
  },
});

function decodeFound(cursor: string): { id: string; tier: Tier } {
  const [id, tier] = decodeCursor(cursor, 2);
  if (typeof id !== 'string' || !uuidPattern.test(id) || !isTier(tier)) throw foreignCursor();
  return { id, tier };
}

const idCursor = (cursor: string | undefined) => (cursor === undefined ? undefined : decodeIdCursor(cursor));

/** The same, bounded by one more id: a cursor is one more upper bound. */
const before = (filter: OrderFilter, id: string | undefined): OrderFilter => ({
  ...filter,
  beforeId: [filter.beforeId, id].filter((each) => each !== undefined).toSorted()[0],
});

/** Ids are UUIDv7, so "placed at or after a time" is "with at least this id". */
const timeBounds = (query: OrderListQuery): Pick<OrderFilter, 'fromId' | 'beforeId'> => ({
  fromId: query.placed_after === undefined ? undefined : earliestId(readInstant(query.placed_after)),
  beforeId: query.placed_before === undefined ? undefined : earliestId(readInstant(query.placed_before)),
});
