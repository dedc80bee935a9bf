// Owns the SQL of what messages cost: by day, by order, and today's.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { Channel, Cost } from './message.ts';

declare module '../platform/database.ts' {
  interface Database {
    message_costs: MessageCostsTable;
  }
}

interface MessageCostsTable {
  day: string;
  channel: Channel;
  currency: string;
  amount: string;
  messages: number;
}

export interface DailyCost extends Cost {
  /** Of the shop's time zone, as 2026-11-26. */
  day: string;
  channel: Channel;
  /** How many messages it was charged for. */
  messages: number;
}

/** What was charged from one day to another, both included, newest first: a row for each day, channel and currency. */
export async function listCosts(db: Kysely<Database>, from: string, to: string): Promise<DailyCost[]> {
  const { rows } = await sql<DailyCost>`
    select to_char(day, 'YYYY-MM-DD') as day, channel, currency, amount::text as amount, messages
    from message_costs where day between ${from} and ${to}
    order by message_costs.day desc, channel desc, currency`.execute(db);
  return rows;
}

/** What the messages of an order were charged, by currency; empty where nothing was. */
export async function costOfOrder(db: Kysely<Database>, orderId: string): Promise<(Cost & { messages: number })[]> {
  const { rows } = await sql<Cost & { messages: number }>`
    select cost_currency as currency, sum(cost)::text as amount, count(*)::int as messages
    from messages join message_attempts on message_id = messages.id
    where order_id = ${orderId} and cost is not null
    group by cost_currency order by cost_currency`.execute(db);
  return rows;
}

/** What a channel was charged on a day in one currency. For comparing with a budget, not for adding up. */
export async function findSpent(
  db: Kysely<Database>,
  channel: Channel,
  currency: string,
  day: string,
): Promise<number> {
  const { rows } = await sql<{ amount: number }>`
    select amount::float8 as amount from message_costs
    where day = ${day} and channel = ${channel} and currency = ${currency}`.execute(db);
  return rows[0]?.amount ?? 0;
}
