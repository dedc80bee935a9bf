// Owns which of the messages that are due may go out now, and what the others wait for: limits, the budget and quiet hours.

import type { Drop, DueMessage, Hold, Lately, Waiting } from '../messages/attempt-store.ts';
import { rulesOf } from '../messages/kinds.ts';
import { timeZoneOfPhone } from '../phones/time-zone.ts';
import { localMinute, nextLocalMinute } from '../platform/local-minute.ts';

export interface Limits {
  /** SMS an hour to one number. */
  smsPerNumber: number;
  /** Of a day: an amount in the provider's currency, above which only answers go out. */
  dailyBudget: { amount: number; currency: string } | undefined;
  /** Minutes of the day, by the recipient's clock, between which only urgent SMS go out. May go past midnight. */
  quietHours: { from: number; to: number } | undefined;
  /** E-mails about new orders a minute to one recipient; more are joined into digests. */
  emailsPerMinute: number;
  timeZone: string;
}

export interface Admission {
  send: string[];
  hold: Hold[];
  drop: Drop[];
  /** Recipients whose held e-mails are now to be joined into a digest. */
  digestFor: string[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What has waited so long for a number to have room is no news any more. */
const maxWaitMs = 24 * hourMs;
/** Of what a number gets in an hour, so much may be about the orders of one customer. */
const customerShare = 0.75;
/** So many hours' SMS may wait for a number. */
const maxWaitingHours = 2;

/** What is known of the numbers that messages are due to. */
export interface NumberFacts {
  /** By recipient. */
  lately: ReadonlyMap<string, Lately>;
  waiting: readonly Waiting[];
}

/**
 * What customers have asked for goes out. The rest shares what a number gets in an hour: who has had the least comes
 * first, and nobody gets more than three quarters, so that a stranger who orders to somebody's phone all day doesn't keep the
 * owner's own orders from it. What waits is bounded, and expires.
 * @param spent today, in the currency of the budget
 */
export function admitSms(
  due: readonly DueMessage[],
  facts: NumberFacts,
  spent: number,
  limits: Limits,
  now: Date,
): Admission {
  const isSpent = limits.dailyBudget !== undefined && spent >= limits.dailyBudget.amount;
  const numbers = countNumbers(facts);
  const served = ({ recipient, userId }: DueMessage) => numbers.sent(recipient, userId);
  const send: string[] = [];
  const hold: Hold[] = [];
  const drop: Drop[] = [];
  for (const message of due.toSorted((one, other) => served(one) - served(other))) {
    const { id, recipient, userId } = message;
    const { isUrgent, isAnswer } = rulesOf(message.kind);
    const quietUntil = isUrgent ? undefined : quietHoursEnd(recipient, limits, now);
    if (message.wasTaken || isAnswer) send.push(id);
    else if (quietUntil) hold.push({ id, heldFor: 'quiet-hours', until: quietUntil });
    else if (isSpent) hold.push({ id, heldFor: 'budget', until: nextLocalMinute(now, 0, limits.timeZone) });
    else if (numbers.hasRoom(recipient, userId, limits.smsPerNumber)) {
      numbers.count(recipient, userId);
      send.push(id);
    } else if (now.getTime() - message.createdAt.getTime() > maxWaitMs) {
      drop.push({ id, reason: 'it waited for a day, and is no news any more' });
    } else if (message.heldFor !== 'number-limit' && !numbers.mayWait(recipient, userId, limits.smsPerNumber)) {
      drop.push({ id, reason: 'too many SMS wait for this number' });
    } else hold.push({ id, heldFor: 'number-limit', until: numbers.nextRoom(recipient, now) });
  }
  return { send, hold, drop, digestFor: [] };
}

/** Counts what each number gets within the hour, and what waits for it, in all and of each customer. */
function countNumbers({ lately, waiting }: NumberFacts) {
  const counts = new Map<string, number>();
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  const of = (key: string) => counts.get(key) ?? 0;
  const inAll = (recipient: string) => `sent ${recipient}`;
  const ofOne = (recipient: string, userId: string | null) => `sent ${recipient} ${userId}`;
  for (const [recipient, { count, userIds }] of lately) {
    add(inAll(recipient), count);
    for (const userId of userIds) add(ofOne(recipient, userId), 1);
  }
  const waitsInAll = (recipient: string) => `waits ${recipient}`;
  const waitsOfOne = (recipient: string, userId: string | null) => `waits ${recipient} ${userId}`;
  const wait = (recipient: string, userId: string | null, count: number) => {
    add(waitsInAll(recipient), count);
    add(waitsOfOne(recipient, userId), count);
  };
  for (const { recipient, userId, count } of waiting) wait(recipient, userId, count);
  const share = (limit: number) => Math.max(1, Math.floor(limit * customerShare));
  return {
    sent: (recipient: string, userId: string | null) => of(ofOne(recipient, userId)),
    hasRoom: (recipient: string, userId: string | null, limit: number) =>
      of(inAll(recipient)) < limit && (userId === null || of(ofOne(recipient, userId)) < share(limit)),
    count(recipient: string, userId: string | null) {
      add(inAll(recipient), 1);
      add(ofOne(recipient, userId), 1);
    },
    /** Counts one more that waits, if it may. */
    mayWait(recipient: string, userId: string | null, limit: number): boolean {
      const most = limit * maxWaitingHours;
      if (of(waitsInAll(recipient)) >= most) return false;
      if (userId !== null && of(waitsOfOne(recipient, userId)) >= share(most)) return false;
      wait(recipient, userId, 1);
      return true;
    },
    nextRoom(recipient: string, now: Date): Date {
      const since = lately.get(recipient)?.oldestAt ?? now;
      return new Date(Math.max(since.getTime() + hourMs, now.getTime() + minuteMs));
    },
  };
}

function quietHoursEnd(phone: string, { quietHours, timeZone }: Limits, now: Date): Date | undefined {
  if (!quietHours) return undefined;
  const zone = timeZoneOfPhone(phone, timeZone);
  const { from, to } = quietHours;
  const minute = localMinute(now, zone);
  const isQuiet = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  return isQuiet ? nextLocalMinute(now, to, zone) : undefined;
}

/**
 * Past the rate, e-mails about new orders wait for the next full minute: what waits for one recipient then becomes one
 * digest. All workers come to the same minute by themselves.
 */
export function admitEmails(
  due: readonly DueMessage[],
  lately: ReadonlyMap<string, Lately>,
  limits: Limits,
  now: Date,
): Admission {
  const taken = new Map<string, number>();
  const send: string[] = [];
  const hold: Hold[] = [];
  const digestFor = new Set<string>();
  const until = new Date((Math.floor(now.getTime() / minuteMs) + 1) * minuteMs);
  for (const { id, kind, recipient, heldFor, wasTaken } of due) {
    const count = (lately.get(recipient)?.count ?? 0) + (taken.get(recipient) ?? 0);
    if (rulesOf(kind).joinedAs === undefined || wasTaken) send.push(id);
    else if (heldFor === 'digest') digestFor.add(recipient);
    else if (count >= limits.emailsPerMinute) hold.push({ id, heldFor: 'digest', until });
    else {
      taken.set(recipient, (taken.get(recipient) ?? 0) + 1);
      send.push(id);
    }
  }
  return { send, hold, drop: [], digestFor: [...digestFor] };
}
