// Owns what an order is: its shape, the table of legal moves, and the ways it can be refused.

import type { FieldError, ProblemType } from '../platform/problem.ts';
import { Problem } from '../platform/problem.ts';

export const orderStatuses = ['pending', 'confirmed', 'dispatched', 'completed', 'cancelled'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

/** Who does something to an order. */
export const actors = ['customer', 'staff', 'system'] as const;

export type Actor = (typeof actors)[number];

interface Move {
  from: OrderStatus;
  to: OrderStatus;
  /** Who may make it. */
  by: readonly Actor[];
}

/** Which status may follow which. An order that can't be cancelled any more has left the shop. */
const moves: readonly Move[] = [
  { from: 'pending', to: 'confirmed', by: ['staff'] },
  { from: 'pending', to: 'cancelled', by: ['customer', 'staff', 'system'] },
  { from: 'confirmed', to: 'dispatched', by: ['staff'] },
  { from: 'confirmed', to: 'cancelled', by: ['staff'] },
  { from: 'dispatched', to: 'completed', by: ['staff'] },
];

export interface OrderLine {
  id: string;
  productId: string;
  /** What was sold of the product: where it comes in one kind only, the product's own id. */
  variantId: string;
  /** The product's name and SKU as it was sold. */
  name: string;
  sku: string | null;
  quantity: number;
  /** The price of one, frozen when the order was placed. */
  priceMinor: number;
  /** Off the whole line. */
  discountMinor: number;
  /** Of the whole line: within its total where prices include tax, else on top. */
  taxMinor: number;
  totalMinor: number;
  /** Whether the product's stock was counted at that moment: what a cancellation gives back. */
  tookStock: boolean;
}

/** An order without its lines. */
export interface OrderSummary {
  id: string;
  /** What the code is made from, see order-code.ts. */
  number: number;
  status: OrderStatus;
  /** Goes up by one with every change of status; the ETag of the order. */
  version: number;
  currency: string;
  totalMinor: number;
  /** The customer as they were when they placed it. */
  customer: {
    id: string;
    userId: string;
    name: string;
    email: string;
    phoneNumber: string;
    address: string;
  };
  createdAt: Date;
  updatedAt: Date;
}

export interface Order extends OrderSummary {
  /** Their totals sum to the order's. */
  lines: OrderLine[];
}

/** What the lines come to before anything is taken off, what is taken off, and the tax. */
export interface OrderSums {
  subtotalMinor: number;
  discountMinor: number;
  taxMinor: number;
}

export function sumsOf(lines: readonly OrderLine[]): OrderSums {
  const sums: OrderSums = { subtotalMinor: 0, discountMinor: 0, taxMinor: 0 };
  for (const { quantity, priceMinor, discountMinor, taxMinor } of lines) {
    sums.subtotalMinor += quantity * priceMinor;
    sums.discountMinor += discountMinor;
    sums.taxMinor += taxMinor;
  }
  return sums;
}

export const maxLines = 200;
export const maxQuantity = 1_000_000;

/** Above this a total would not be exact as a JSON number with two decimals. */
export const maxTotalMinor = 900_000_000_000_000;

export const illegalMove: ProblemType = {
  slug: 'illegal-status-change',
  status: 409,
  title: 'The order cannot change that way',
  meaning:
    'An order goes from pending to confirmed to dispatched to completed, and can be cancelled while pending or confirmed. ' +
    'A customer can cancel their own order only while it is pending.',
};

export const unknownProduct: ProblemType = {
  slug: 'unknown-product',
  status: 422,
  title: 'A product does not exist',
  meaning: 'A line names a product that is not in the catalogue, or no longer. `errors` points at the lines.',
};

export const outOfStock: ProblemType = {
  slug: 'out-of-stock',
  status: 409,
  title: 'Not enough in stock',
  meaning:
    'At least one product has less in stock than the order asks for, so nothing was taken. ' +
    '`products` lists each short one as `{product, requested, available}`.',
};

export const tooManyOfProduct: ProblemType = {
  slug: 'too-many-of-product',
  status: 409,
  title: 'More of a product than one order may hold',
  meaning:
    'A product has a `max_per_order`, and the order asks for more of it. `products` lists each as `{product, requested, max_per_order}`.',
};

export const totalTooLarge: ProblemType = {
  slug: 'total-too-large',
  status: 422,
  title: 'The order is too large',
  meaning: 'The total of the order is over the largest amount that can be accounted for.',
};

/** What this actor may make of an order that has this status. */
export const allowedMoves = (from: OrderStatus, actor: Actor): OrderStatus[] =>
  moves.filter((move) => move.from === from && move.by.includes(actor)).map((move) => move.to);

/** True for a last status, which nobody changes. */
export const isLast = (status: OrderStatus): boolean => !moves.some((move) => move.from === status);

/** @throws Problem illegal-status-change when the table has no such move, or not for this actor. */
export function assertMayMove(from: OrderStatus, to: OrderStatus, actor: Actor): void {
  if (allowedMoves(from, actor).includes(to)) return;
  const onwards = moves.filter((move) => move.from === from).map((move) => move.to);
  const detail = onwards.includes(to)
    ? `An order that is ${from} can become ${to} only by the shop.`
    : `An order that is ${from} cannot become ${to}; it can become ${onwards.join(' or ') || 'nothing: this is its last status'}.`;
  throw new Problem(illegalMove, detail, { members: { current_status: from } });
}

/** The fields that are wrong in the lines of a placement, as JSON Pointers into its `items`. */
export const itemErrors = (positions: number[], detail: string): FieldError[] =>
  positions.map((position) => ({ pointer: `/items/${position}/product`, detail }));

/** The order as its first answer gave it, whatever has happened to it since. */
export const asPlaced = (order: Order): Order => ({
  ...order,
  status: 'pending',
  version: 1,
  updatedAt: order.createdAt,
});
