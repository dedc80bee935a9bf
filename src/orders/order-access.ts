// Owns what a caller of the API is to an order: whether they see it, and as whom they act on it.

import type { Identity } from '../identity/identity.ts';
import { allowedMoves, type OrderStatus, type OrderSummary } from './order.ts';
import { type Author, mayActOn } from './order-event.ts';

export const mayRead = ({ customer }: Pick<OrderSummary, 'customer'>, caller: Identity): boolean =>
  customer.userId === caller.userId || caller.permissions.has('orders:read');

export const authorOf = ({ userId, permissions, name }: Identity): Author =>
  permissions.has('orders:manage')
    ? { actor: 'staff', via: 'api', userId, name }
    : { actor: 'customer', via: 'api', userId };

/** What the caller may make of the order as it is. */
export function movesOf(order: Pick<OrderSummary, 'customer' | 'status'>, caller: Identity): OrderStatus[] {
  const author = authorOf(caller);
  return mayActOn(order, author) ? allowedMoves(order.status, author.actor) : [];
}
