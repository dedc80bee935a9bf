// Owns what an order's timeline is made of: what happened, who did it, and by what.

import type { Actor, OrderStatus, OrderSummary } from './order.ts';

/** What can stand in a timeline. */
export const eventKinds = ['status', 'note'] as const;

export type EventKind = (typeof eventKinds)[number];

/** By what somebody acts: the API, a text, or the service of its own accord. */
export const ways = ['api', 'sms', 'system'] as const;

export type Via = (typeof ways)[number];

/** Who acts, and by what. */
export interface Author {
  actor: Actor;
  via: Via;
  /** Whose token it was, where there was one. */
  userId?: string | undefined;
  /** Of staff, as their token says it. */
  name?: string | undefined;
  /** The phone that a text came from. */
  phoneNumber?: string | undefined;
}

export interface OrderEvent {
  kind: EventKind;
  /** What the order became; null for a kind that changes no status. */
  status: OrderStatus | null;
  /** Of the order after it; null for a kind that changes no order. */
  version: number | null;
  actor: Actor;
  via: Via;
  /** Of staff, where it is known. */
  actorName: string | null;
  note: string;
  createdAt: Date;
}

/** Customers act on their own orders alone: the ones of their token, or of the phone that they text from. */
export const mayActOn = ({ customer }: Pick<OrderSummary, 'customer'>, author: Author): boolean =>
  author.actor !== 'customer' || author.userId === customer.userId || author.phoneNumber === customer.phoneNumber;
