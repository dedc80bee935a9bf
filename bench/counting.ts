// Owns the proof by counting: nothing lost, doubled or oversold in a run that was measured.

import { setTimeout as delay } from 'node:timers/promises';
import { earliestId } from '../src/platform/ids.ts';
import { query } from './stack.ts';

/** What stood before a run, to compare with after it. */
export interface Mark {
  /** Ids of the run's orders and jobs are larger. */
  fromId: string;
  onHand: number;
}

export interface Count {
  orders: number;
  /** Transactions that placed them. */
  groups: number;
}

const settleTimeoutMs = 30_000;

/** Call when no order is on its way. */
export async function markOf(url: string): Promise<Mark> {
  const [stock] = await query<{ on_hand: string }>(url, 'select sum(on_hand) as on_hand from stock');
  // Ids have whole milliseconds: the next one is after everything that is written.
  await delay(2);
  return { fromId: earliestId(new Date()), onHand: Number(stock?.on_hand) };
}

interface Counted {
  orders: string;
  keys: string;
  groups: string;
  lines_taken: string;
  orders_without_lines: string;
  announced: string;
  announced_once: string;
  handled: string;
  on_hand: string;
}

const counting = `
  with placed as materialized (select id, idempotency_id, xmin::text as written_by from orders where id >= $1::uuid),
  announced as materialized (
    select (entry->>'id')::uuid as id from jobs, jsonb_array_elements(payload->'orders') as entry
    where kind = 'orders-changed' and (entry->>'id')::uuid >= $1::uuid),
  taken as materialized (select order_id, quantity from order_lines where order_id >= $1::uuid and took_stock)
  select
    (select count(*) from placed) as orders,
    (select count(distinct idempotency_id) from placed) as keys,
    (select count(distinct written_by) from placed) as groups,
    (select coalesce(sum(quantity), 0) from taken) as lines_taken,
    (select count(*) from (select id from placed except select order_id from taken) as bare) as orders_without_lines,
    (select count(*) from announced) as announced,
    (select count(distinct id) from announced) as announced_once,
    (select count(distinct order_id) from messages
       where order_id >= $1::uuid and order_id not in (select id from announced)) as handled,
    (select sum(on_hand) from stock) as on_hand`;

/**
 * Waits until the orders that were on their way are written, and compares.
 * @param accepted how many were answered with 201 since the mark
 * @param inFlight how many more may have been written without an answer that was counted
 * @throws an error that names every figure that doesn't fit
 */
export async function countSince(url: string, mark: Mark, accepted: number, inFlight: number): Promise<Count> {
  await untilSettled(url, mark);
  const [row] = await query<Record<keyof Counted, string>>(url, counting, [mark.fromId]);
  const counted = Object.fromEntries(
    Object.entries(row as Counted).map(([name, value]) => [name, Number(value)]),
  ) as Record<keyof Counted, number>;
  const wrong: string[] = [];
  const expect = (fits: boolean, fact: string) => fits || wrong.push(fact);
  const { orders } = counted;
  expect(orders >= accepted, `${accepted} orders were accepted and ${orders} are there`);
  expect(
    orders <= accepted + inFlight,
    `${orders} orders are there, of ${accepted} accepted and ${inFlight} in flight`,
  );
  expect(counted.keys === orders, `${orders} orders have ${counted.keys} idempotency ids`);
  expect(counted.orders_without_lines === 0, `${counted.orders_without_lines} orders have no lines`);
  const taken = mark.onHand - counted.on_hand;
  expect(
    taken === counted.lines_taken,
    `${taken} pieces were taken from stock and ${counted.lines_taken} are in lines`,
  );
  expect(
    counted.announced === counted.announced_once,
    `${counted.announced - counted.announced_once} orders are in two jobs`,
  );
  const told = counted.announced_once + counted.handled;
  expect(told === orders, `${orders} orders are there and ${told} are in a job or have messages`);
  if (wrong.length > 0) throw new Error(`The counts don't fit: ${wrong.join('; ')}.`);
  return { orders, groups: counted.groups };
}

async function untilSettled(url: string, mark: Mark): Promise<void> {
  let before = -1;
  for (const deadline = Date.now() + settleTimeoutMs; Date.now() < deadline; await delay(300)) {
    const [row] = await query<{ orders: string }>(url, 'select count(*) as orders from orders where id >= $1', [
      mark.fromId,
    ]);
    if (Number(row?.orders) === before) return;
    before = Number(row?.orders);
  }
  throw new Error('orders were still being written long after the load had ended');
}
