// Owns what is left at the end of a simulation: read through the API as staff see it, and from the tables.

import type pg from 'pg';
import { poisoned } from './facts/jobs.ts';
import type { OrderBody, Status } from './history.ts';

export interface StoredOrder {
  id: string;
  user: string;
  customer: string;
  phone: string;
  status: Status;
  version: number;
  totalMinor: number;
  lines: {
    product: string;
    quantity: number;
    priceMinor: number;
    discountMinor: number;
    taxMinor: number;
    totalMinor: number;
  }[];
  events: { status: Status; version: number; actor: string; via: string; at: number }[];
}

export interface StoredMessage {
  id: string;
  order: string | null;
  channel: 'sms' | 'email';
  kind: string;
  recipient: string;
  body: string;
  status: string;
  ambiguous: boolean;
  failure: string | null;
  digest: string | null;
  createdAt: Date;
  attempts: { providerId: string | null; outcome: string | null; report: string | null }[];
}

export interface End {
  orders: StoredOrder[];
  /** Orders as the API shows them to staff, with their timelines: all, or a sample of many. */
  shown: OrderBody[];
  products: {
    id: string;
    priceMinor: number;
    version: number;
    isDeleted: boolean;
    onHand: number | null;
    category: string;
  }[];
  categories: { id: string; count: number; sumMinor: number; averagePrice: number }[];
  /** As the report of the last days has them. */
  sales: { orders: number; cancelled: number; revenue: number; items: number; new_customers: number }[];
  messages: StoredMessage[];
  /** What arrived on phones. */
  texts: { to: string; text: string }[];
  emails: { to: string; subject: string; text: string }[];
  incoming: { id: string; sender: string; command: string | null; order: string | null; answer: string | null }[];
  unmatchedReports: string[];
  optOuts: string[];
  /** Of the staff, who get an e-mail about each order. */
  admins: readonly string[];
  audited: { action: string; subject: string }[];
  customers: { id: string; user: string; phones: string[] }[];
  jobs: { kind: string; hasFailed: boolean; error: string | null }[];
}

export interface Reading {
  database: pg.Client;
  /** As staff. @throws Error unless it is answered 200 */
  get: <T>(path: string) => Promise<T>;
  /** From the outside world. */
  texts: End['texts'];
  emails: End['emails'];
  admins: End['admins'];
  /** How many orders are read through the API, at most. */
  maxShown: number;
  /** Of the products that are the simulation's. */
  categoryId: string;
}

export async function readEnd({ database, get, texts, emails, admins, maxShown, categoryId }: Reading): Promise<End> {
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await database.query<T>(sql)).rows;
  const orders = await rows<StoredOrder>(`
    select id, user_id as "user", customer_id as customer, phone_number as phone, status, version, total_minor::float8 as "totalMinor",
      (select coalesce(json_agg(json_build_object('product', product_id, 'quantity', quantity, 'priceMinor', price_minor,
        'discountMinor', discount_minor, 'taxMinor', tax_minor, 'totalMinor', total_minor) order by position), '[]')
        from order_lines where order_id = orders.id) as lines,
      (select coalesce(json_agg(json_build_object('status', status, 'version', version, 'actor', actor, 'via', via,
        'at', extract(epoch from created_at) * 1000) order by version), '[]')
        from order_events where order_id = orders.id) as events
    from orders order by id`);
  const categories = await rows<{ id: string; count: number; sumMinor: number }>(`
    select category_id as id, product_count::int as count, price_minor_sum::float8 as "sumMinor" from category_totals where category_id = '${categoryId}'`);
  const every = Math.max(1, Math.ceil(orders.length / maxShown));
  const sample = orders.filter((_, index) => index % every === 0);
  return {
    orders,
    shown: await inTurns(sample, ({ id }) => get<OrderBody>(`/api/v1/orders/${id}/?expand=events`)),
    products: await rows(`
      select id, price_minor::float8 as "priceMinor", version, deleted_at is not null as "isDeleted",
        on_hand::float8 as "onHand", category_id as category
      from products left join stock on product_id = id where category_id = '${categoryId}'`),
    categories: await inTurns(categories, async (category) => {
      const path = `/api/v1/products/average_price/?category_id=${category.id}`;
      return { ...category, averagePrice: (await get<{ average_price: number }>(path)).average_price };
    }),
    sales: await get('/api/v1/reports/sales/'),
    messages: await rows(`
      select id, order_id as "order", channel, kind, recipient, body, status, ambiguous, failure, digest_id as digest,
        created_at as "createdAt",
        (select coalesce(json_agg(json_build_object('providerId', provider_id, 'outcome', outcome, 'report', report) order by attempt), '[]')
          from message_attempts where message_id = messages.id) as attempts
      from messages order by id`),
    texts,
    emails,
    admins,
    incoming: await rows(`
      select provider_id as id, sender, command, order_id as "order", answer_id as answer from incoming_messages`),
    unmatchedReports: (await rows<{ id: string }>('select provider_id as id from unmatched_reports')).map(
      ({ id }) => id,
    ),
    optOuts: (await rows<{ phone: string }>('select phone_number as phone from opt_outs')).map(({ phone }) => phone),
    audited: await rows('select action, subject_id as subject from audit_trail'),
    customers: await rows(`
      select id, user_id as "user", array(select phone_number from customer_phone_numbers as known
        where known.user_id = customers.user_id) as phones from customers`),
    jobs: await rows(
      `select kind, failed_at is not null as "hasFailed", last_error as error from jobs where not payload ? '${poisoned}'`,
    ),
  };
}

async function inTurns<T, Read>(list: readonly T[], read: (each: T) => Promise<Read>): Promise<Read[]> {
  const results: Read[] = [];
  for (let at = 0; at < list.length; at += 16) results.push(...(await Promise.all(list.slice(at, at + 16).map(read))));
  return results;
}
