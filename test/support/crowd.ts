// Owns a crowd under test: customers who order and try again as phones do, staff who move orders on, and what each was promised.

import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

export interface CrowdOptions {
  /** Where the service is; each try goes to one of these by chance, as behind a load balancer. */
  urls: readonly string[];
  customers: readonly { token: string; phone: string }[];
  staff: readonly string[];
  products: readonly string[];
  /** 0 to 1. */
  random: () => number;
}

export interface Crowd {
  /** The order behind each idempotency key that was answered with 201. */
  orders: Map<string, Promised>;
  /** The status that each moved order was last answered to have. */
  moved: Map<string, string>;
  /** When each 201 came, by `performance.now()`. */
  acknowledgedMs: number[];
  /** Tries without an answer, or with 503: all of them were tried again. */
  triedAgain(): number;
  /** Refused for want of stock. */
  refused(): number;
  /** Answers that nobody should get. */
  surprises: string[];
  /** Sends the crowd home. Whoever waits for an answer stays until there is one. */
  end(): Promise<void>;
}

interface Promised {
  id: string;
  key: string;
  token: string;
  body: unknown;
}

type Answered = { status: number; body: { id: string; current_status?: string } };

const answerTimeoutMs = 20_000;

export function gatherCrowd({ urls, customers, staff, products, random }: CrowdOptions): Crowd {
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const orders = new Map<string, Promised>();
  const moved = new Map<string, string>();
  const unmoved: string[] = [];
  const acknowledgedMs: number[] = [];
  const surprises: string[] = [];
  let [triedAgain, refused] = [0, 0];
  const over = new AbortController();

  async function ask(method: string, path: string, token: string, body: unknown, key?: string): Promise<Answered> {
    for (;;) {
      try {
        const response = await fetch(oneOf(urls) + path, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(answerTimeoutMs),
        });
        const answer = { status: response.status, body: (await response.json()) as Answered['body'] };
        if (answer.status !== 503) return answer;
      } catch {
        // The process is gone, or went with the answer: only the same question again can tell.
      }
      triedAgain += 1;
      await delay(20 + 100 * random());
    }
  }

  async function order({ token, phone }: { token: string; phone: string }): Promise<void> {
    const key = crypto.randomUUID();
    const lines = new Map(Array.from({ length: 1 + Math.floor(random() * 3) }, () => [oneOf(products), 1]));
    const items = [...lines].map(([product, quantity]) => ({ product, quantity }));
    const body = { items, phone_number: phone };
    const answer = await ask('POST', '/api/v1/orders/', token, body, key);
    if (answer.status === 409) refused += 1;
    else if (answer.status !== 201) surprises.push(`order: ${JSON.stringify(answer)}`);
    else {
      orders.set(key, { id: answer.body.id, key, token, body });
      unmoved.push(answer.body.id);
      acknowledgedMs.push(performance.now());
    }
  }

  async function moveOn(token: string): Promise<void> {
    const id = unmoved.splice(Math.floor(random() * unmoved.length), 1)[0];
    if (id === undefined) return;
    const status = random() < 0.7 ? 'confirmed' : 'cancelled';
    const answer = await ask('PATCH', `/api/v1/orders/${id}/`, token, { status });
    // Without an answer to the first try, the second may find it done.
    if (answer.status === 200 || answer.body.current_status === status) moved.set(id, status);
    else surprises.push(`move to ${status}: ${JSON.stringify(answer)}`);
  }

  const all = [...customers.map((customer) => () => order(customer)), ...staff.map((token) => () => moveOn(token))].map(
    async (act) => {
      while (!over.signal.aborted) {
        await act();
        await delay(60 * random());
      }
    },
  );

  return {
    orders,
    moved,
    acknowledgedMs,
    triedAgain: () => triedAgain,
    refused: () => refused,
    surprises,
    async end() {
      over.abort();
      await Promise.all(all);
    },
  };
}

/** A product of which there are so many. @returns its id */
export async function makeProduct(url: string, staff: string, amount: number): Promise<string> {
  const send = async (where: string, body: unknown) => {
    const answer = await fetch(`${url}/api/v1/${where}/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${staff}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const category = await send('categories', { title: 'Household' });
  return send('products', { name: `One of ${amount}`, price: 200, category, stock: amount });
}

/** What is not as the crowds, all who ever came, were promised, in words; empty when all is. */
export async function findBroken(
  database: pg.Client,
  crowds: readonly Crowd[],
  stock: ReadonlyMap<string, number>,
): Promise<string[]> {
  const broken = crowds.flatMap((crowd) => crowd.surprises);
  const orders = crowds.flatMap((crowd) => [...crowd.orders.values()]);
  const moved = new Map(crowds.flatMap((crowd) => [...crowd.moved]));
  const { rows: stored } = await database.query<{ id: string; status: string; events: number }>(
    `select id, status, (select count(*)::int from order_events where order_id = orders.id) as events from orders`,
  );
  const byId = new Map(stored.map((order) => [order.id, order]));
  const promised = new Set(orders.map((order) => order.id));
  for (const id of promised) if (!byId.has(id)) broken.push(`order ${id} was acknowledged and is not there`);
  for (const { id } of stored) if (!promised.has(id)) broken.push(`order ${id} is there and nobody was told`);
  if (promised.size !== orders.length) broken.push('two keys were answered with one order');
  for (const { id, status, events } of stored) {
    const expected = moved.get(id) ?? 'pending';
    if (status !== expected) broken.push(`order ${id} is ${status} and should be ${expected}`);
    if (events !== (expected === 'pending' ? 0 : 1)) broken.push(`order ${id} has ${events} events`);
  }
  const { rows: left } = await database.query<{ id: string; on_hand: number; sold: number }>(
    `select product_id as id, on_hand::int, coalesce((select sum(quantity)::int from order_lines join orders on orders.id = order_id
      where order_lines.product_id = stock.product_id and status <> 'cancelled'), 0) as sold from stock`,
  );
  for (const { id, on_hand: onHand, sold } of left) {
    const before = stock.get(id);
    if (before !== undefined && onHand + sold !== before) {
      broken.push(`of ${before} of ${id}, ${sold} were sold and ${onHand} are left`);
    }
  }
  return broken;
}

export interface Sent {
  /** SMS in the ledger. */
  messages: number;
  /** Of those, how many may have gone out twice: nobody could know whether they left. */
  ambiguous: number;
  /** Given up, since nobody could know it twice. */
  failed: number;
}

/**
 * Resolves with what the ledger says, once there is nothing left to do or to send, else with undefined. What a worker had
 * taken when it was killed would be taken up again when its lease of a minute ends: that minute is not waited for.
 */
export async function findSent(database: pg.Client): Promise<Sent | undefined> {
  const { rows } = await database.query<Sent & { jobs: number; open: number; queued: number }>(
    `select (select count(*)::int from jobs) as jobs, count(*) filter (where status = 'queued')::int as queued,
      count(*) filter (where status in ('queued', 'sending'))::int as open, count(*) filter (where channel = 'sms')::int as messages,
      count(*) filter (where channel = 'sms' and ambiguous)::int as ambiguous,
      count(*) filter (where channel = 'sms' and status = 'failed')::int as failed
    from messages`,
  );
  const { jobs, open, queued, ...sent } = rows[0] ?? {
    jobs: 1,
    open: 1,
    queued: 1,
    messages: 0,
    ambiguous: 0,
    failed: 0,
  };
  if (jobs === 0 && open === 0) return sent;
  if (jobs === 0 && queued === 0) {
    await database.query(
      `update messages set due_at = now() where status = 'sending' and updated_at < now() - interval '3 seconds'`,
    );
  }
  return undefined;
}
