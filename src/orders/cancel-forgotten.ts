// Owns cancelling orders that nobody has confirmed for too long, so that what they hold can be sold.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import { earliestId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import { type ChangeStatusDeps, changeStatus } from './change-status.ts';
import { listOldestPending } from './store.ts';

export interface CancelForgottenDeps extends ChangeStatusDeps {
  db: Kysely<Database>;
  pendingHours: number;
}

const atOnce = 50;
const lookEveryMs = 60_000;
const hourMs = 3_600_000;

/** @returns a task that looks once a minute, and goes on while there are more than it takes at once */
export function cancelForgotten(deps: CancelForgottenDeps): () => Promise<boolean> {
  const { db, clock, pendingHours } = deps;
  let lookAgainAt = 0;
  return async () => {
    const nowMs = clock().getTime();
    if (nowMs < lookAgainAt) return false;
    const ids = await listOldestPending(db, earliestId(new Date(nowMs - pendingHours * hourMs)), atOnce);
    for (const orderId of ids) await cancel(deps, orderId);
    if (ids.length < atOnce) lookAgainAt = nowMs + lookEveryMs;
    return ids.length > 0;
  };
}

async function cancel(deps: CancelForgottenDeps, orderId: string): Promise<void> {
  const note = `Nobody has confirmed it for ${deps.pendingHours} ${deps.pendingHours === 1 ? 'hour' : 'hours'}.`;
  try {
    await changeStatus(deps, { orderId, to: 'cancelled', author: { actor: 'system', via: 'system' }, note });
  } catch (error) {
    // Somebody was faster: whatever they have made of it stands.
    if (!(error instanceof Problem)) throw error;
  }
}
