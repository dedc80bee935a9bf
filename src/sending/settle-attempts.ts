// Owns what follows from attempts that have ended: the ledger, a channel paused or resumed, and an alarm to staff.

import type { Kysely } from 'kysely';
import { type EndedAttempt, saveOutcomes } from '../messages/attempt-store.ts';
import type { Channel, FailedMessage } from '../messages/message.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { localDay } from '../platform/local-time.ts';
import { type Alarm, raiseAlarm } from './alarms.ts';
import { savePause } from './channel-store.ts';
import { pauseBySystem } from './pause-channel.ts';

export interface SettleDeps {
  db: Kysely<Database>;
  channel: Channel;
  timeZone: string;
  adminEmails: readonly string[];
  newId: NewId;
}

export interface SettledAttempt extends EndedAttempt {
  /** It was to find out whether the provider of a paused channel is well again. */
  isProbe: boolean;
}

export interface Settled {
  failed: FailedMessage[];
  /** Why the channel was paused, if it was. */
  pausedFor: string | undefined;
}

/** All in one transaction, so that nothing is sent any more once a refusal of the account is in the ledger. */
export async function settleAttempts(deps: SettleDeps, ended: readonly SettledAttempt[], now: Date): Promise<Settled> {
  const { db, channel } = deps;
  const day = localDay(now, deps.timeZone);
  const isWellAgain = ended.some(({ isProbe, outcome }) => isProbe && outcome.kind === 'accepted');
  const blocked = ended.map(({ outcome }) => outcome).find((outcome) => outcome.kind === 'blocked');
  if (!blocked && !isWellAgain) {
    return { failed: await saveOutcomes(db, channel, ended, now, day), pausedFor: undefined };
  }
  return db.transaction().execute(async (trx) => {
    const failed = await saveOutcomes(trx, channel, ended, now, day);
    if (isWellAgain) await savePause(trx, channel, null);
    if (!blocked) return { failed, pausedFor: undefined };
    const { detail, probeAfterMs } = blocked;
    const until = probeAfterMs === undefined ? null : new Date(now.getTime() + probeAfterMs);
    return { failed, pausedFor: await pause(trx, deps, detail, until, now) };
  });
}

async function pause(
  trx: Transaction,
  deps: SettleDeps,
  reason: string,
  until: Date | null,
  now: Date,
): Promise<string | undefined> {
  const { channel } = deps;
  if (!(await pauseBySystem(trx, { channel, reason, until }, now))) return undefined;
  await raiseAlarm(trx, pauseAlarm(channel, reason, until), deps, now);
  return reason;
}

function pauseAlarm(channel: Channel, reason: string, until: Date | null): Alarm {
  const name = channel === 'sms' ? 'SMS' : 'E-mail';
  const next = until
    ? 'Every few minutes one message finds out whether it was mended; once one is accepted, the rest follow.'
    : 'Nothing is sent until staff resume the channel.';
  return {
    kind: 'alarm-channel-paused',
    subject: `${name} is paused: ${reason}`,
    text: `The provider refuses the account, not a message: ${reason}.\n\nMessages wait, none is lost. ${next}`,
  };
}
