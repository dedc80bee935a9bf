// Owns a crowd: customers who order and try again as phones do, staff who move orders on, and what each was promised.

import { setTimeout as delay } from 'node:timers/promises';

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
