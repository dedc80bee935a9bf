// Owns the SQL that takes a person out of their orders, which stay in the books under a pseudonym.

import { type Kysely, sql } from 'kysely';
import { erasedName } from '../customers/erase-store.ts';
import { uuidArray } from '../platform/arrays.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { isLast, type OrderSummary, orderStatuses } from './order.ts';
import { listSummariesOfUsers } from './store.ts';

const openStatuses = orderStatuses.filter((status) => !isLast(status));

/** Orders of a user that are on their way, without their lines: up to `limit` of each status. */
export async function listOpenOrders(trx: Transaction, userId: string, limit: number): Promise<OrderSummary[]> {
  const open: OrderSummary[] = [];
  for (const status of openStatuses) open.push(...(await listSummariesOfUsers(trx, [userId], { status }, limit)));
  return open;
}

/**
 * Takes the person out of the newest orders of a customer, at most `limit`, and gives them to another user. By the customer
 * too: whoever orders anew meanwhile is the same user and another customer.
 * @returns how many there were, and the numbers that they were placed with
 */
export async function saveErasedOrders(
  trx: Transaction,
  { userId, customerId }: { userId: string; customerId: string },
  pseudonym: string,
  limit: number,
): Promise<{ count: number; phoneNumbers: string[] }> {
  const { rows } = await sql<{ count: number; phoneNumbers: string[] | null }>`
    with batch as materialized (
      select id, phone_number from orders where user_id = ${userId} and customer_id = ${customerId}
      order by id desc limit ${limit}
    ), erased as (
      update orders set user_id = ${pseudonym}, name = ${erasedName}, email = '', phone_number = '', address = '',
        idempotency_id = null, fingerprint = null
      where id = any (array(select id from batch))
    )
    select count(*)::int as count, array_agg(distinct phone_number) as "phoneNumbers" from batch`.execute(trx);
  return { count: rows[0]?.count ?? 0, phoneNumbers: rows[0]?.phoneNumbers ?? [] };
}

/** The ids of a user's next orders, oldest first. @param after exclusive; null from the beginning */
export async function listOrderIdsAfter(
  db: Kysely<Database>,
  userId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from orders where user_id = ${userId} and id > coalesce(${after}, '00000000-0000-0000-0000-000000000000')::uuid
    order by id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** What people wrote on the timelines of these orders, and that one of them was this user. */
export async function eraseEvents(
  trx: Transaction,
  orderIds: readonly string[],
  userId: string,
  pseudonym: string,
): Promise<void> {
  await sql`
    update order_events set actor_name = case actor_user_id when ${userId} then null else actor_name end,
      note = case actor when 'system' then note else '' end,
      actor_user_id = case actor_user_id when ${userId} then ${pseudonym}::uuid else actor_user_id end
    where order_id = any (${uuidArray(orderIds)}::uuid[]) and (note <> '' or actor_user_id = ${userId})`.execute(trx);
}
