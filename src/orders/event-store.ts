// Owns the SQL of orders' timelines.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import type { Actor, OrderStatus } from './order.ts';
import type { Author, EventKind, OrderEvent, Via } from './order-event.ts';

declare module '../platform/database.ts' {
  interface Database {
    order_events: OrderEventsTable;
  }
}

interface OrderEventsTable {
  id: string;
  order_id: string;
  kind: EventKind;
  status: OrderStatus | null;
  version: number | null;
  actor: Actor;
  via: Via;
  actor_user_id: string | null;
  actor_name: string | null;
  note: string;
  created_at: Date;
}

export type NewEvent = Omit<OrderEvent, 'actor' | 'via' | 'actorName'> & { id: string; author: Author };

export async function insertEvent(trx: Transaction, orderId: string, event: NewEvent): Promise<void> {
  const { id, kind, status, version, note, author, createdAt } = event;
  await trx
    .insertInto('order_events')
    .values({
      id,
      order_id: orderId,
      kind,
      status,
      version,
      note,
      created_at: createdAt,
      actor: author.actor,
      via: author.via,
      actor_user_id: author.userId ?? null,
      actor_name: author.name ?? null,
    })
    .execute();
}

/** What happened after placing, oldest first. */
export function listEvents(db: Kysely<Database>, orderId: string): Promise<OrderEvent[]> {
  return db
    .selectFrom('order_events')
    .select(['kind', 'status', 'version', 'actor', 'via', 'actor_name as actorName', 'note', 'created_at as createdAt'])
    .where('order_id', '=', orderId)
    .orderBy('created_at')
    .orderBy('version')
    .orderBy('id')
    .execute();
}
