// Owns the SQL of an order's messages as its timeline shows them.

import { type Kysely, sql } from 'kysely';
import type { ListOrderMessages, OrderMessage } from '../orders/timeline.ts';
import { arrayOf } from '../platform/arrays.ts';
import type { Database } from '../platform/database.ts';

/** More than any order has: five statuses, their staff, and a chatty customer. */
const maxMessages = 500;

/** Reads what was sent about an order; see `ListOrderMessages`. */
export const createOrderMessages =
  (db: Kysely<Database>): ListOrderMessages =>
  async (orderId, whole) => {
    let query = db.selectFrom('messages').selectAll().where('order_id', '=', orderId).orderBy('id').limit(maxMessages);
    if (!whole) query = query.where('channel', '=', 'sms');
    const messages = await query.execute();
    const attempts =
      whole && messages.length > 0
        ? await listAttempts(
            db,
            messages.map(({ id }) => id),
          )
        : undefined;
    return messages.map(
      ({ id, kind, channel, status, created_at, updated_at, ...rest }): OrderMessage => ({
        ...{ id, kind, channel, status, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() },
        ...(attempts && {
          recipient: rest.recipient,
          text: rest.body,
          failure: rest.failure,
          ambiguous: rest.ambiguous,
          ...totalOf(attempts.get(id) ?? []),
          attempts: attempts.get(id) ?? [],
        }),
      }),
    );
  };

type Attempt = NonNullable<OrderMessage['attempts']>[number];

async function listAttempts(db: Kysely<Database>, messageIds: string[]): Promise<Map<string, Attempt[]>> {
  const rows = await db
    .selectFrom('message_attempts')
    .selectAll()
    .where('message_id', '=', sql<string>`any(${arrayOf(messageIds)}::uuid[])`)
    .orderBy('message_id')
    .orderBy('attempt')
    .execute();
  const attempts = new Map<string, Attempt[]>(messageIds.map((id) => [id, []]));
  for (const { message_id, cost, started_at, ended_at, reported_at, ...row } of rows) {
    attempts.get(message_id)?.push({
      ...row,
      started_at: started_at.toISOString(),
      ended_at: ended_at?.toISOString() ?? null,
      reported_at: reported_at?.toISOString() ?? null,
      cost: cost === null ? null : Number(cost),
    });
  }
  return attempts;
}

/** In ten-thousandths, as exact as the provider is. */
function totalOf(attempts: readonly Attempt[]): Pick<OrderMessage, 'cost' | 'cost_currency'> {
  const charged = attempts.filter(({ cost }) => cost !== null);
  if (charged.length === 0) return { cost: null, cost_currency: null };
  const sum = charged.reduce((total, { cost }) => total + Math.round((cost ?? 0) * 10_000), 0);
  return { cost: sum / 10_000, cost_currency: charged[0]?.cost_currency ?? null };
}
