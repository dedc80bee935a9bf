// Owns what the people of a simulation share: what there is to buy, what has been placed, and when the day is over.

import type { Dice } from '../support/chance.ts';
import type { Asker } from './asking.ts';
import { bodyOf, type Call, type OrderBody, orderIn, type Status } from './history.ts';

export interface PlacedOrder {
  id: string;
  code: string;
  client: string;
  phone: string;
  /** As somebody has read them last. */
  etag: string;
  status: Status;
}

export interface Floor {
  asker: Asker;
  /** Not deleted, as far as anybody has heard. */
  products: string[];
  gone: string[];
  /** The ETag that somebody has read last of each product. */
  etags: Map<string, string>;
  orders: PlacedOrder[];
  /** Keys that were used, with their callers, to be used again. */
  keys: { client: string; key: string }[];
  byId: Map<string, PlacedOrder>;
  /** When an order was acknowledged last. */
  acknowledgedMs: number;
  /** Placements that were asked for so far. */
  asked: number;
  /** Prices that were given, so that no two edits are alike. */
  prices: number;
  /** Whether an order may be asked for without a key: where an answer can be lost, nobody could say what became of it. */
  mayOmitKeys: boolean;
  isOver(): boolean;
}

export interface Person {
  name: string;
  dice: Dice;
  /** Does one thing, to its end. */
  act: () => Promise<void>;
}

export const createFloor = (asker: Asker, mayOmitKeys: boolean, isOver: () => boolean): Floor => ({
  asker,
  products: [],
  gone: [],
  etags: new Map(),
  orders: [],
  keys: [],
  byId: new Map(),
  acknowledgedMs: 0,
  asked: 0,
  prices: 0,
  mayOmitKeys,
  isOver,
});

/** Remembers what an answer shows. */
export function learn(floor: Floor, call: Call): void {
  const { asked, answer } = call;
  if (!answer || answer.status >= 400) return;
  if ((asked.kind === 'read-product' || asked.kind === 'edit-product') && answer.etag) {
    floor.etags.set(asked.product, answer.etag);
  }
  if (asked.kind === 'place') {
    floor.acknowledgedMs = performance.now();
    const { id, code } = bodyOf<OrderBody>(call);
    if (floor.byId.has(id)) return;
    const order: PlacedOrder = { id, code, client: call.client, phone: asked.phone, etag: '"1"', status: 'pending' };
    floor.orders.push(order);
    floor.byId.set(id, order);
    return;
  }
  const shown = orderIn(call);
  const known = shown && floor.byId.get(shown.id);
  if (known && answer.etag) Object.assign(known, { etag: answer.etag, status: shown.status });
}
