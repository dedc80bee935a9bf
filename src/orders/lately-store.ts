// Owns the look-up of what identities have ordered lately, which goes along with the others of a group.

import { type RawBuilder, sql } from 'kysely';
import type { Identity } from '../identity/identity.ts';
import { uuidArray } from '../platform/arrays.ts';
import { earliestId } from '../platform/ids.ts';
import { dayMs, hourMs, isBounded, type LatelyOrdered, type OrderLimits } from './order-limits.ts';

/** Where orders an hour have no limit, numbers are counted in this many of the newest: nobody's day is read whole. */
const newestAtMost = 1_000;

/**
 * The statement that counts the orders of those whom the limits bound, up to what they ask for. Asked after their rows are
 * locked, it sees all that any process has placed for them: they are counted exactly. Undefined when there is nothing to count.
 */
export function latelyOrdered(
  identities: readonly Identity[],
  limits: OrderLimits,
  now: Date,
): RawBuilder<LatelyOrdered> | undefined {
  const { ordersPerCustomer, numbersPerCustomer } = limits;
  const bounded = identities.filter((identity) => isBounded(limits, identity)).map(({ userId }) => userId);
  if (bounded.length === 0) return undefined;
  const hour = earliestId(new Date(now.getTime() - hourMs));
  const since = numbersPerCustomer === undefined ? hour : earliestId(new Date(now.getTime() - dayMs));
  return sql<LatelyOrdered>`
    select given.user_id as "userId", phone_number as "phoneNumber", count(*) filter (where id >= ${hour}::uuid)::int as orders,
      min(created_at) filter (where id >= ${hour}::uuid) as "firstAt", max(created_at) as "lastAt"
    from unnest(${uuidArray([...new Set(bounded)])}::uuid[]) as given (user_id) cross join lateral (
      select id, phone_number, created_at from orders where orders.user_id = given.user_id and id >= ${since}::uuid
      order by id desc limit ${Math.max(newestAtMost, ordersPerCustomer ?? 0)}::int) as newest
    group by given.user_id, phone_number`;
}
