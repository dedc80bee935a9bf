// Owns which of the messages that are due may go out now, and what the others wait for: limits, the budget and quiet hours.

import type { DueMessage, Hold, Lately } from '../messages/attempt-store.ts';
import { rulesOf } from '../messages/kinds.ts';
import { localMinute, nextLocalMinute } from '../platform/local-minute.ts';
import { timeZoneOfPhone } from './phone-time-zone.ts';

export interface Limits {
  /** SMS an hour to one number. */
  smsPerNumber: number;
  /** Of a day: an amount in the provider's currency, above which only urgent SMS go out. */
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
  /** Recipients whose held e-mails are now to be joined into a digest. */
  digestFor: string[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** @param lately by recipient @param spent today, in the currency of the budget */
export function admitSms(
  due: readonly DueMessage[],
  lately: ReadonlyMap<string, Lately>,
  spent: number,
  limits: Limits,
  now: Date,
): Admission {
  const isSpent = limits.dailyBudget !== undefined && spent >= limits.dailyBudget.amount;
  const taken = new Map<string, number>();
  const send: string[] = [];
  const hold: Hold[] = [];
  for (const { id, kind, recipient, wasTaken } of due) {
    const { isUrgent } = rulesOf(kind);
    const quietUntil = isUrgent ? undefined : quietHoursEnd(recipient, limits, now);
    const before = lately.get(recipient);
    const count = (before?.count ?? 0) + (taken.get(recipient) ?? 0);
    if (wasTaken) send.push(id);
    else if (quietUntil) hold.push({ id, heldFor: 'quiet-hours', until: quietUntil });
    else if (isSpent && !isUrgent) {
      hold.push({ id, heldFor: 'budget', until: nextLocalMinute(now, 0, limits.timeZone) });
    } else if (count >= limits.smsPerNumber) {
      const since = before?.fullSince ?? now;
      hold.push({
        id,
        heldFor: 'number-limit',
        until: new Date(Math.max(since.getTime() + hourMs, now.getTime() + minuteMs)),
      });
    } else {
      taken.set(recipient, (taken.get(recipient) ?? 0) + 1);
      send.push(id);
    }
  }
  return { send, hold, digestFor: [] };
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
  return { send, hold, digestFor: [...digestFor] };
}
