// Owns who gets what: decides a group of placements, first come first served, with no SQL, HTTP or clock.

import { type Customer, fillProfile, newCustomer } from '../customers/customer.ts';
import { keyReused } from '../idempotency/request-key.ts';
import type { Identity } from '../identity/identity.ts';
import { Problem } from '../platform/problem.ts';
import type { RateState } from '../platform/rate-limit.ts';
import type { SaleProduct } from '../stock/store.ts';
import {
  itemErrors,
  maxTotalMinor,
  type Order,
  type OrderLine,
  outOfStock,
  tooManyOfProduct,
  totalTooLarge,
  unknownProduct,
} from './order.ts';
import { countOrders, type LatelyOrdered, type OrderLimits } from './order-limits.ts';

/** A checked request to place an order. */
export interface Placement {
  /** Drawn when the request arrives, so that a second try after a lost connection finds what the first one wrote. */
  orderId: string;
  /** When the request arrived: the time in the order's id, and when the order counts as placed. */
  receivedAt: Date;
  identity: Identity;
  /** Name and e-mail for a customer seen for the first time. */
  profile: { name: string; email: string };
  /** E.164. */
  phoneNumber: string;
  /** One line a product; `positions` are the indexes of the request's items that were added up in it. */
  lines: { productId: string; quantity: number; positions: number[] }[];
  /** What stands for the customer's idempotency key, see `idempotencyId`. Undefined without a key. */
  idempotencyId: string | undefined;
  /** Half of the SHA-256 of what is asked for, as a UUID: the same key with another fingerprint is refused. */
  fingerprint: string;
  /** W3C: the trace that the order and all that follows from it are part of. */
  traceparent?: string | undefined;
}

/** An order that an earlier request made with an idempotency key, as it was placed. */
export interface EarlierOrder {
  order: Order;
  fingerprint: string;
}

export type Outcome =
  /** `left` is what the limits leave to who placed it; undefined where nothing bounds them. */
  | { kind: 'placed'; order: Order; left?: RateState[] | undefined }
  | { kind: 'replayed'; order: Order }
  | { kind: 'refused'; problem: Problem };

export interface GroupFacts {
  /** By user id; a customer seen for the first time is missing. */
  customers: ReadonlyMap<string, Customer>;
  /** By product id; products that can't be ordered are missing. */
  products: ReadonlyMap<string, SaleProduct>;
  /** By order id: what a first try of this group wrote after all, as it was placed. Empty on a first try. */
  written: ReadonlyMap<string, Order>;
  /** By idempotency id: what earlier transactions placed under the group's keys. */
  earlier: ReadonlyMap<string, EarlierOrder>;
  limits: OrderLimits;
  /** What the group's customers have ordered lately, as far as the limits ask. */
  lately: readonly LatelyOrdered[];
  currency: string;
  now: Date;
  newId: () => string;
}

/** An order to be written, with the key it was asked for under. */
export interface NewOrder extends Pick<Placement, 'idempotencyId' | 'fingerprint' | 'traceparent'> {
  order: Order;
}

export interface GroupDecision {
  /** One for each placement, in the same order. */
  outcomes: Outcome[];
  newOrders: NewOrder[];
  /** What each product loses in all. Only products whose stock is counted. */
  taken: Map<string, number>;
  /** Customers to create, or whose phone number is new, as they are after this group. */
  changedCustomers: Map<string, Customer>;
}

/**
 * Decides each placement on its own, in order: earlier ones in the group come first for stock, and a refused one
 * leaves no trace for those after it.
 */
export function decidePlacements(placements: readonly Placement[], facts: GroupFacts): GroupDecision {
  const earlier = new Map(facts.earlier);
  const taken = new Map<string, number>();
  const changedCustomers = new Map<string, Customer>();
  const newOrders: NewOrder[] = [];
  const counter = countOrders(facts.limits, facts.lately, facts.now);

  const outcomes = placements.map((placement): Outcome => {
    const written = facts.written.get(placement.orderId);
    if (written) return { kind: 'placed', order: written };
    const { idempotencyId, fingerprint, traceparent, identity, phoneNumber } = placement;
    const before = idempotencyId === undefined ? undefined : earlier.get(idempotencyId);
    if (before) return repeat(before, placement);

    const refusal = counter.refuse(identity, phoneNumber) ?? refuse(placement, facts.products, taken);
    if (refusal) return { kind: 'refused', problem: refusal };

    const known = changedCustomers.get(placement.identity.userId) ?? facts.customers.get(placement.identity.userId);
    const customer = customerAfter(placement, known, facts);
    if (customer !== known) changedCustomers.set(customer.userId, customer);
    const order = newOrder(placement, customer, facts);
    for (const { productId, quantity, tookStock } of order.lines) {
      if (tookStock) taken.set(productId, (taken.get(productId) ?? 0) + quantity);
    }
    newOrders.push({ order, idempotencyId, fingerprint, traceparent });
    if (idempotencyId !== undefined) earlier.set(idempotencyId, { order, fingerprint });
    return { kind: 'placed', order, left: counter.count(identity, phoneNumber) };
  });
  return { outcomes, newOrders, taken, changedCustomers };
}

function repeat(before: EarlierOrder, placement: Placement): Outcome {
  if (before.fingerprint === placement.fingerprint) return { kind: 'replayed', order: before.order };
  return {
    kind: 'refused',
    problem: new Problem(keyReused, 'This idempotency key has already placed a different order.'),
  };
}

function refuse(
  placement: Placement,
  products: GroupFacts['products'],
  taken: Map<string, number>,
): Problem | undefined {
  const unknown: number[] = [];
  const short: { product: string; requested: number; available: number }[] = [];
  const over: { product: string; requested: number; max_per_order: number }[] = [];
  let totalMinor = 0;
  for (const line of placement.lines) {
    const product = products.get(line.productId);
    if (!product) {
      unknown.push(...line.positions);
      continue;
    }
    totalMinor += product.priceMinor * line.quantity;
    const most = product.maxPerOrder;
    if (most !== null && line.quantity > most) {
      over.push({ product: line.productId, requested: line.quantity, max_per_order: most });
    }
    if (product.onHand === null) continue;
    const available = product.onHand - (taken.get(line.productId) ?? 0);
    if (available < line.quantity) short.push({ product: line.productId, requested: line.quantity, available });
  }
  if (unknown.length > 0) {
    return new Problem(unknownProduct, 'The order names a product that cannot be ordered.', {
      errors: itemErrors(unknown, 'is not a product that can be ordered'),
    });
  }
  if (over.length > 0) {
    const detail = 'The order asks for more of a product than one order may hold.';
    return new Problem(tooManyOfProduct, detail, { members: { products: over } });
  }
  if (short.length > 0) {
    return new Problem(outOfStock, 'There is not enough in stock for this order.', { members: { products: short } });
  }
  if (totalMinor > maxTotalMinor) return new Problem(totalTooLarge, 'The total of this order is too large.');
  return undefined;
}

function customerAfter(placement: Placement, known: Customer | undefined, facts: GroupFacts): Customer {
  const customer = known
    ? fillProfile(known, placement.profile, facts.now)
    : newCustomer(placement.identity, placement.profile, facts.newId(), facts.now);
  if (customer.phoneNumber === placement.phoneNumber) return customer;
  return { ...customer, phoneNumber: placement.phoneNumber, updatedAt: facts.now };
}

function newOrder(placement: Placement, customer: Customer, facts: GroupFacts): Order {
  const lines = placement.lines.map((line): OrderLine => {
    const product = facts.products.get(line.productId) as SaleProduct;
    return {
      id: facts.newId(),
      productId: line.productId,
      variantId: line.productId,
      name: product.name,
      sku: product.sku,
      quantity: line.quantity,
      priceMinor: product.priceMinor,
      discountMinor: 0,
      taxMinor: 0,
      totalMinor: product.priceMinor * line.quantity,
      tookStock: product.onHand !== null,
    };
  });
  return {
    id: placement.orderId,
    // Given by the database when the order is written.
    number: -1,
    status: 'pending',
    version: 1,
    currency: facts.currency,
    totalMinor: lines.reduce((sum, line) => sum + line.totalMinor, 0),
    customer,
    createdAt: placement.receivedAt,
    updatedAt: placement.receivedAt,
    lines,
  };
}
