// Owns moving many orders at once: each by itself, a few at a time, so that one that refuses holds up no other.

import type { Kysely } from 'kysely';
import { answerOnce } from '../idempotency/answer-once.ts';
import { partKey, type RequestKey } from '../idempotency/request-key.ts';
import { type ChangeStatusDeps, changeStatusIn } from '../orders/change-status.ts';
import type { OrderStatus } from '../orders/order.ts';
import type { Author } from '../orders/order-event.ts';
import type { Database } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';

export interface Move {
  /** Each once. */
  orderIds: readonly string[];
  to: OrderStatus;
  note: string | undefined;
  author: Author;
  traceparent: string | undefined;
}

export type Moved = { id: string } & ({ problem: Problem } | { isReplayed: boolean });

/** As many connections as leave the others to everybody else. */
const atOnce = 2;

/**
 * One for each order, in the same order. With a key each order is moved once, however often it is asked for: what was not
 * through when a request broke off is done when it is repeated, and what was refused is tried again.
 * @throws what isn't the order's refusal; what was moved before stays moved
 */
export async function moveOrders(
  deps: ChangeStatusDeps & { db: Kysely<Database> },
  move: Move,
  key: RequestKey | undefined,
): Promise<Moved[]> {
  const moved: Moved[] = [];
  const waiting = [...move.orderIds.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, id] = next;
      moved[index] = await moveOne(deps, move, id, key);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return moved;
}

async function moveOne(
  deps: ChangeStatusDeps & { db: Kysely<Database> },
  { to, note, author, traceparent }: Move,
  id: string,
  key: RequestKey | undefined,
): Promise<Moved> {
  try {
    const { isReplayed } = await answerOnce(deps, partKey(key, id), async (trx) => {
      const { version } = await changeStatusIn(trx, deps, { orderId: id, to, note, author, traceparent });
      return { version };
    });
    return { id, isReplayed };
  } catch (error) {
    if (error instanceof Problem) return { id, problem: error };
    throw error;
  }
}
