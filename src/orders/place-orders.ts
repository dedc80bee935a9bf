// Owns the transaction that places a group of orders: locks in a fixed order, decides in TypeScript, writes in sets.

import type { Kysely } from 'kysely';
import { customersLockStatement, saveCustomers } from '../customers/store.ts';
import { type Database, isDatabaseUnavailable, type Transaction, together } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { jobsInsertStatement } from '../platform/jobs.ts';
import { saleLockStatement, takeStockStatement } from '../stock/store.ts';
import { decidePlacements, type GroupFacts, type Outcome, type Placement } from './decide-placements.ts';
import { latelyOrdered } from './lately-store.ts';
import { asPlaced } from './order.ts';
import { type OrderListeners, ordersChanged } from './order-changed.ts';
import type { OrderLimits } from './order-limits.ts';
import { insertOrders, listEarlierOrders, ordersByKeysStatement } from './placing-store.ts';
import { listOrders } from './store.ts';

export interface PlaceOrdersDeps {
  /** With `intakeSettings`. */
  db: Kysely<Database>;
  currency: string;
  limits: OrderLimits;
  clock: () => Date;
  newId: NewId;
  /** One at least. */
  listeners: OrderListeners;
}

/**
 * Places a group of orders in one durable transaction and answers each on its own, in the order they came.
 * When it returns, every `placed` order is on disk together with the one job that announces them all.
 *
 * Locks go customers, then stock, each in the order of ids: two groups that share any of them queue and never
 * deadlock. While a customer is locked nobody else places for them, so a look-up of their idempotency keys stays true.
 * @param again true when an earlier try failed: it may have been written all the same, so its orders are looked for.
 * @throws when the transaction as a whole failed.
 */
export async function placeOrders(
  deps: PlaceOrdersDeps,
  placements: readonly Placement[],
  again: boolean,
): Promise<Outcome[]> {
  let decided: Awaited<ReturnType<typeof decideAndWrite>> | undefined;
  try {
    await deps.db.transaction().execute(async (trx) => {
      decided = await decideAndWrite(deps, trx, placements, again);
    });
  } catch (error) {
    // A commit that undid everything doesn't say why: the statement before it does.
    await decided?.written?.();
    throw error;
  }
  await decided?.written?.();
  return decided?.outcomes ?? [];
}

/** `written` is awaited when the transaction has ended: see `insertOrders`. */
async function decideAndWrite(
  deps: PlaceOrdersDeps,
  trx: Transaction,
  placements: readonly Placement[],
  again: boolean,
): Promise<{ outcomes: Outcome[]; written?: () => Promise<void> }> {
  const facts = await readFacts(deps, trx, placements, again);
  const { outcomes, newOrders, taken, changedCustomers } = decidePlacements(placements, facts);
  if (newOrders.length === 0) return { outcomes };

  if (changedCustomers.size > 0) {
    const others = newOrders.flatMap(({ order: { customer } }) => {
      const last = changedCustomers.get(customer.userId);
      return last === undefined || last.phoneNumber === customer.phoneNumber ? [] : customer;
    });
    await saveCustomers(trx, [...changedCustomers.values()], others);
  }
  const changes = newOrders.map(({ order: { id, status, version }, traceparent }) => ({
    id,
    status,
    version,
    traceparent,
  }));
  const written = await insertOrders(trx, newOrders, deps.currency, {
    taken: takeStockStatement([...taken].map(([productId, quantity]) => ({ productId, quantity }))),
    queued: jobsInsertStatement(ordersChanged(deps.listeners, changes), facts.now),
  });
  return { outcomes, written };
}

// A serialization failure, a deadlock, and a customer or idempotency key that another process wrote at the same moment.
const metAnotherGroup = new Set(['40001', '40P01', '23505']);
const lockTimeout = '55P03';

/** True when a failed group may succeed as it is: the connection was lost, or it met another group. */
export function mayPass(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A lock that can't be had belongs to one of the group's rows: splitting the group frees the others.
  return metAnotherGroup.has(code) || (isDatabaseUnavailable(error) && code !== lockTimeout);
}

/**
 * Settings of the connections that place orders. On a database that was never analysed the planner takes every table
 * for tiny and reads it whole, for look-ups and for the checks of references alike. All that a placement needs is on
 * an index; the first setting says so. The second has a statement that is prepared planned anew each time: a
 * plan from when the shop was empty reads whole indexes, until something analyses. The last bounds how long one stuck
 * row can hold up the orders behind it.
 */
export const intakeSettings = {
  enable_seqscan: 'off',
  plan_cache_mode: 'force_custom_plan',
  lock_timeout: '1s',
};

async function readFacts(
  deps: PlaceOrdersDeps,
  trx: Transaction,
  placements: readonly Placement[],
  again: boolean,
): Promise<GroupFacts> {
  const identities = placements.map(({ identity }) => identity);
  const userIds = unique(identities.map(({ userId }) => userId));
  const keys = placements.flatMap(({ idempotencyId }) => idempotencyId ?? []);
  const productIds = unique(placements.flatMap(({ lines }) => lines.map((line) => line.productId)));
  const counting = latelyOrdered(identities, deps.limits, deps.clock());
  const [customers, underKeys, products, lately = []] = await together(trx, [
    customersLockStatement(trx, userIds).compile(),
    ordersByKeysStatement(keys).compile(trx),
    saleLockStatement(productIds).compile(trx),
    ...(counting ? [counting.compile(trx)] : []),
  ]);
  const earlier = await listEarlierOrders(trx, underKeys);
  const orderIds = placements.map(({ orderId }) => orderId);
  const written = again ? await listOrders(trx, orderIds) : [];
  const now = deps.clock();
  return {
    customers: new Map(customers.map((customer) => [customer.userId, customer])),
    products: new Map(products.map((product) => [product.id, product])),
    written: new Map(written.map((order) => [order.id, asPlaced(order)])),
    earlier: new Map(earlier.map((each) => [each.idempotencyId, { ...each, order: asPlaced(each.order) }])),
    limits: deps.limits,
    lately,
    currency: deps.currency,
    now,
    newId: () => deps.newId(now),
  };
}

const unique = (values: string[]): string[] => [...new Set(values)];
