// Owns the event that orders were placed or changed: how it becomes jobs, one for each who listens, and how a job is read.

import type { NewJob } from '../platform/jobs.ts';
import { type OrderStatus, orderStatuses } from './order.ts';

export interface OrderChanged {
  id: string;
  /** What it became. */
  status: OrderStatus;
  /** Of the order after it. */
  version: number;
  /** W3C: the trace of the request that it follows from. */
  traceparent?: string | undefined;
}

/** For each who listens, the kind of job that tells them. Orders don't know who they are. */
export type OrderListeners = readonly string[];

/** The jobs that tell everybody who listens, each on its own, so that one that fails holds up no other. */
export function ordersChanged(listeners: OrderListeners, changes: readonly OrderChanged[]): NewJob[] {
  return listeners.map((kind) => ({ kind, payload: { orders: changes } }));
}

/** What a job tells of; undefined where it is about something else. */
export function findChanges(payload: unknown): OrderChanged[] | undefined {
  const { orders } = (payload ?? {}) as { orders?: unknown };
  return Array.isArray(orders) && orders.every(isChange) ? orders : undefined;
}

/** @throws for a job that is about something else */
export function readChanges(payload: unknown): OrderChanged[] {
  const changes = findChanges(payload);
  if (changes) return changes;
  throw new Error('the job is not about orders that changed');
}

function isChange(value: unknown): value is OrderChanged {
  const { id, status } = (value ?? {}) as Partial<OrderChanged>;
  return typeof id === 'string' && orderStatuses.some((known) => known === status);
}
