// Owns pausing and resuming a channel: what staff ask for, and what a provider's answer brings about.

import type { Kysely } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { type ChannelState, lockChannel, type PausedBy, savePause } from './channel-store.ts';
import type { Channel } from './message.ts';

export interface PauseRequest {
  channel: Channel;
  /** At most 300 characters, for people. */
  reason: string;
  by: PausedBy;
  /** When one message is to find out whether the provider is well again; null leaves that to staff. */
  until: Date | null;
}

/**
 * Within a second no worker takes a message of the channel any more; what is on its way ends as it ends.
 * Staff's word replaces whatever is there; the system's leaves a pause as it is.
 */
export const pauseChannel = (db: Kysely<Database>, request: PauseRequest, now: Date): Promise<ChannelState> =>
  db.transaction().execute(async (trx) => (await pauseChannelIn(trx, request, now)).state);

/** For a transaction that goes on. @returns also whether the channel was not paused before */
export async function pauseChannelIn(
  trx: Transaction,
  { channel, reason, by, until }: PauseRequest,
  now: Date,
): Promise<{ state: ChannelState; isNew: boolean }> {
  const before = await lockChannel(trx, channel);
  if (before.pause && by === 'system') return { state: before, isNew: false };
  const pause = { at: before.pause?.at ?? now, until, reason, by };
  await savePause(trx, channel, pause);
  return { state: { channel, pause }, isNew: !before.pause };
}

/** Messages that are due go out again. One that is not paused stays as it is. */
export const resumeChannel = (db: Kysely<Database>, channel: Channel): Promise<boolean> =>
  db.transaction().execute((trx) => resumeChannelIn(trx, channel));

/** For a transaction that goes on. @returns whether the channel was paused */
export async function resumeChannelIn(trx: Transaction, channel: Channel): Promise<boolean> {
  const { pause } = await lockChannel(trx, channel);
  if (pause) await savePause(trx, channel, null);
  return pause !== null;
}
