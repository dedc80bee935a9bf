// Owns the SQL of channels: which are paused, by whom, and until when.

import type { Kysely } from 'kysely';
import type { Channel } from '../messages/message.ts';
import type { Database, Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    channels: ChannelsTable;
  }
}

interface ChannelsTable {
  channel: Channel;
  paused_at: Date | null;
  paused_until: Date | null;
  reason: string | null;
  paused_by: PausedBy | null;
}

export type PausedBy = 'staff' | 'system';

export interface ChannelState {
  channel: Channel;
  /** Null: messages go out. */
  pause: Pause | null;
}

export interface Pause {
  at: Date;
  /** When a message will find out whether the provider is well again. Null: only staff resume the channel. */
  until: Date | null;
  reason: string;
  by: PausedBy;
}

type Row = ChannelsTable;

const toState = ({ channel, paused_at: at, paused_until: until, reason, paused_by: by }: Row): ChannelState => ({
  channel,
  pause: at && reason !== null && by ? { at, until, reason, by } : null,
});

/** Every channel, paused or not. */
export async function listChannels(db: Kysely<Database>): Promise<ChannelState[]> {
  return (await db.selectFrom('channels').selectAll().orderBy('channel', 'desc').execute()).map(toState);
}

export async function findChannel(db: Kysely<Database>, channel: Channel): Promise<ChannelState> {
  return toState(await db.selectFrom('channels').selectAll().where('channel', '=', channel).executeTakeFirstOrThrow());
}

/** One channel, which nobody else pauses or resumes meanwhile. */
export async function lockChannel(trx: Transaction, channel: Channel): Promise<ChannelState> {
  const query = trx.selectFrom('channels').selectAll().where('channel', '=', channel).forUpdate();
  return toState(await query.executeTakeFirstOrThrow());
}

export async function savePause(trx: Transaction, channel: Channel, pause: Pause | null): Promise<void> {
  await trx
    .updateTable('channels')
    .set({
      paused_at: pause?.at ?? null,
      paused_until: pause?.until ?? null,
      reason: pause?.reason ?? null,
      paused_by: pause?.by ?? null,
    })
    .where('channel', '=', channel)
    .execute();
}
