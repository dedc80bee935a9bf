// Owns pausing and resuming a channel: what staff ask for, and what a provider's answer brings about.

import type { Kysely } from 'kysely';
import { insertAuditEntry } from '../audit/store.ts';
import type { Channel } from '../messages/message.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { lockChannel, savePause } from './channel-store.ts';

export interface PauseChannelDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

export interface PauseRequest {
  channel: Channel;
  /** At most 300 characters, for people. */
  reason: string;
  /** When one message is to find out whether the provider is well again; null leaves that to staff. */
  until: Date | null;
}

/**
 * Staff's word, which replaces whatever pause is there; the same word again changes nothing. Within a second no worker takes a
 * message of the channel any more; what is on its way ends as it ends.
 */
export function pauseChannel(deps: PauseChannelDeps, request: PauseRequest & { actorUserId: string }): Promise<void> {
  const { channel, reason, until, actorUserId } = request;
  return deps.db.transaction().execute(async (trx) => {
    const now = deps.clock();
    const { pause } = await lockChannel(trx, channel);
    const isSame = pause?.by === 'staff' && pause.reason === reason && pause.until?.getTime() === until?.getTime();
    if (isSame) return;
    await savePause(trx, channel, { at: pause?.at ?? now, until, reason, by: 'staff' });
    const subject = { type: 'channel', id: channel };
    const entry = { action: 'paused', subject, note: reason, actorUserId, createdAt: now };
    await insertAuditEntry(trx, { id: deps.newId(now), ...entry });
  });
}

/** Messages that are due go out again. A channel that is not paused stays as it is. */
export function resumeChannel(
  deps: PauseChannelDeps,
  { channel, actorUserId }: { channel: Channel; actorUserId: string },
): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    const now = deps.clock();
    const { pause } = await lockChannel(trx, channel);
    if (!pause) return;
    await savePause(trx, channel, null);
    const subject = { type: 'channel', id: channel };
    await insertAuditEntry(trx, { id: deps.newId(now), action: 'resumed', subject, actorUserId, createdAt: now });
  });
}

/** The system's word, which leaves a pause that is there as it is. @returns whether there was none */
export async function pauseBySystem(trx: Transaction, request: PauseRequest, now: Date): Promise<boolean> {
  const { channel, reason, until } = request;
  const { pause } = await lockChannel(trx, channel);
  if (pause) return false;
  await savePause(trx, channel, { at: now, until, reason, by: 'system' });
  return true;
}
