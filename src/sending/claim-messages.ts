// Owns the taking of messages by a worker: what is due and may go out, under a lease, with a word why the rest waits.

import type { Kysely } from 'kysely';
import {
  beginAttempts,
  type ClaimedMessage,
  cancelDue,
  type DueMessage,
  holdMessages,
  listDue,
  listLately,
  listWaiting,
  lockClaims,
} from '../messages/attempt-store.ts';
import { findSpent } from '../messages/cost-store.ts';
import { joinedKinds } from '../messages/kinds.ts';
import type { Channel } from '../messages/message.ts';
import { insertDigest } from '../messages/store.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { nextLocalMinute } from '../platform/local-minute.ts';
import { localDay } from '../platform/local-time.ts';
import { type Admission, admitEmails, admitSms, type Limits } from './admission.ts';
import { type Alarm, raiseAlarm } from './alarms.ts';
import { findChannel, savePause } from './channel-store.ts';

export interface ClaimDeps {
  db: Kysely<Database>;
  channel: Channel;
  limits: Limits;
  adminEmails: readonly string[];
  newId: NewId;
}

export interface Claim {
  messages: ClaimedMessage[];
  /** The channel is paused, and this one message is to find out whether the provider is well again. */
  isProbe: boolean;
  /** Whether something was due, sent or not. */
  didWork: boolean;
}

/** Longer than any client's time-out, so that a lease only ends in the hands of a worker that is dead. */
const leaseMs = 60_000;
/** Should the worker that finds out die in it, another one does so later. */
const probeAgainMs = 5 * 60_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** E-mails are looked at in larger numbers than are sent at once: most of a flood are to be held. */
const emailsLookedAt = 500;
const ordersADigest = 2_000;

const nothing: Claim = { messages: [], isProbe: false, didWork: false };

/** Takes at most `room` messages of a channel that is not paused. */
export const claimMessages = (deps: ClaimDeps, room: number, now: Date): Promise<Claim> =>
  deps.db.transaction().execute(async (trx) => {
    const { channel } = deps;
    await lockClaims(trx, channel);
    const { pause } = await findChannel(trx, channel);
    const isProbe = pause?.until != null && pause.until <= now;
    if (pause && !isProbe) return nothing;

    const looked = channel === 'email' ? emailsLookedAt : room;
    const due = await listDue(trx, channel, looked, now);
    if (due.length === 0) return nothing;
    const { send, hold, drop, digestFor } = await admit(trx, deps, due, now);
    if (hold.length > 0) await holdMessages(trx, hold, now);
    if (drop.length > 0) await cancelDue(trx, drop, now);
    if (hold.some(({ heldFor }) => heldFor === 'budget')) await alarmOfBudget(trx, deps, now);
    for (const recipient of digestFor) {
      await insertDigest(trx, { id: deps.newId(now), recipient, limit: ordersADigest }, now);
    }
    const taken = send.slice(0, isProbe ? 1 : room);
    const messages = taken.length > 0 ? await beginAttempts(trx, taken, now, new Date(now.getTime() + leaseMs)) : [];
    if (pause && messages.length > 0) {
      await savePause(trx, channel, { ...pause, until: new Date(now.getTime() + probeAgainMs) });
    }
    return { messages, isProbe, didWork: true };
  });

async function admit(
  trx: Transaction,
  { channel, limits }: ClaimDeps,
  due: readonly DueMessage[],
  now: Date,
): Promise<Admission> {
  const recipients = due.map(({ recipient }) => recipient);
  if (channel === 'email') {
    const since = new Date(now.getTime() - minuteMs);
    const lately = await listLately(trx, channel, recipients, {
      since,
      limit: limits.emailsPerMinute,
      kinds: joinedKinds,
    });
    return admitEmails(due, lately, limits, now);
  }
  const since = new Date(now.getTime() - hourMs);
  const lately = await listLately(trx, channel, recipients, { since, limit: limits.smsPerNumber });
  const { dailyBudget, timeZone } = limits;
  const spent = dailyBudget ? await findSpent(trx, channel, dailyBudget.currency, localDay(now, timeZone)) : 0;
  const waiting = await listWaiting(trx, recipients);
  return admitSms(due, { lately, waiting }, spent, limits, now);
}

async function alarmOfBudget(trx: Transaction, { limits, ...deps }: ClaimDeps, now: Date): Promise<void> {
  if (!limits.dailyBudget) return;
  const { amount, currency } = limits.dailyBudget;
  const midnight = nextLocalMinute(now, 0, limits.timeZone);
  const alarm: Alarm = {
    kind: 'alarm-budget',
    subject: `Today's budget for SMS is spent`,
    text: `${currency} ${amount} have been spent on SMS today. Answers to what customers text still go out; the others wait until midnight. The budget is SMS_DAILY_BUDGET.`,
    unlessSince: new Date(midnight.getTime() - 24 * hourMs),
  };
  await raiseAlarm(trx, alarm, deps, now);
}
