// Owns when an order can have been placed and cancelled, as far as the calls tell.

import type { End, StoredOrder } from './end.ts';
import {
  bodyOf,
  type Call,
  type CallOf,
  callsOf,
  grouped,
  type OrderBody,
  ordersShown,
  type ProblemBody,
  succeeded,
} from './history.ts';

/** Within which something was done. */
export interface Span {
  fromMs: number;
  toMs: number;
}

export interface OrderLife {
  stored: StoredOrder;
  /** As the first answer had it. */
  body: OrderBody;
  /** Who placed it. */
  call: CallOf<'place'>;
  placed: Span;
  /** Undefined unless it is cancelled at the end. */
  cancelled: Span | undefined;
}

/** How far the database's clock may be from ours. */
export const clockMs = 1_000;
/** A change is written with the time at which it is made, and committed within this. */
const commitMs = 10_000;

const isYes = (words: string) => /^\s*(yes|ndi[yo]+)/i.test(words);

/** What calls share that ask for one order: the caller and the key; calls without a key share nothing. */
export const keyOf = ({ client, asked }: CallOf<'place'>): string | undefined =>
  asked.key === undefined ? undefined : `${client} ${asked.key}`;

/** Of every order that was acknowledged and is there, in the order of placing. */
export function livesOf(calls: readonly Call[], end: End): OrderLife[] {
  const placings = callsOf(calls, 'place');
  const byKey = grouped(placings, keyOf);
  const acknowledged = grouped(placings.filter(succeeded), (call) => bodyOf<OrderBody>(call).id);
  const shown = grouped(ordersShown(calls), ({ order }) => order.id);
  const causes = grouped(
    callsOf(calls, 'move', 'cancel').filter(({ asked }) => asked.kind === 'cancel' || asked.to === 'cancelled'),
    ({ asked }) => asked.order,
  );
  const yeses = grouped(
    callsOf(calls, 'text').filter(({ asked }) => isYes(asked.words)),
    ({ asked }) => asked.phone,
  );
  return end.orders.flatMap((stored): OrderLife[] => {
    const [call] = (acknowledged.get(stored.id) ?? []).toSorted((a, b) => a.toMs - b.toMs);
    if (!call) return [];
    const asking = byKey.get(keyOf(call) ?? '') ?? [call];
    const showing = shown.get(stored.id) ?? [];
    const placed = {
      fromMs: first(asking, 'fromMs'),
      toMs: first(
        showing.map((each) => each.call),
        'toMs',
      ),
    };
    const body = bodyOf<OrderBody>(call);
    if (stored.status !== 'cancelled') return [{ stored, body, call, placed, cancelled: undefined }];
    const trying = causes.get(stored.id) ?? [];
    const told = [
      ...showing.filter(({ order }) => order.status === 'cancelled').map((each) => each.call),
      ...trying.filter(({ answer }) => bodyOf<ProblemBody>({ answer }).current_status === 'cancelled'),
    ];
    const writtenMs = (stored.events.at(-1)?.at ?? Number.NaN) - performance.timeOrigin;
    const cancelled = {
      fromMs: Math.max(first([...trying, ...(yeses.get(stored.phone) ?? [])], 'fromMs'), writtenMs - clockMs),
      toMs: Math.min(first(told, 'toMs'), writtenMs + commitMs),
    };
    return [{ stored, body, call, placed, cancelled }];
  });
}

const first = (calls: readonly Call[], end: 'fromMs' | 'toMs'): number => {
  let least = Number.POSITIVE_INFINITY;
  for (const call of calls) least = Math.min(least, call[end]);
  return least;
};
