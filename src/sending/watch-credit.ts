// Owns watching the credit at the SMS provider, so that staff hear of it before messages are refused.

import type { Kysely } from 'kysely';
import type { Cost } from '../messages/message.ts';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { type Alarm, raiseAlarm } from './alarms.ts';

export interface CreditDeps {
  db: Kysely<Database>;
  adminEmails: readonly string[];
  newId: NewId;
  clock: () => Date;
  /** Undefined when the provider doesn't say. */
  findBalance: () => Promise<Cost | undefined>;
  /** Below this staff are told, once a day. */
  low: { amount: number; currency: string };
}

const askEveryMs = 15 * 60_000;
const tellEveryMs = 24 * 60 * 60_000;

/** @returns a task that asks four times an hour, however often it is run */
export function watchCredit({ db, clock, findBalance, low, ...alarmDeps }: CreditDeps): () => Promise<boolean> {
  let askAgainAt = 0;
  return async () => {
    const now = clock();
    if (now.getTime() < askAgainAt) return false;
    askAgainAt = now.getTime() + askEveryMs;
    const balance = await findBalance();
    if (!balance || balance.currency !== low.currency || Number(balance.amount) >= low.amount) return false;
    const alarm: Alarm = {
      kind: 'alarm-low-credit',
      subject: `Credit for SMS is low: ${balance.currency} ${Number(balance.amount)}`,
      text: `When it is used up, SMS wait until there is more. You are told below ${low.currency} ${low.amount}, which is SMS_LOW_CREDIT.`,
      unlessSince: new Date(now.getTime() - tellEveryMs),
    };
    await db.transaction().execute((trx) => raiseAlarm(trx, alarm, alarmDeps, now));
    return true;
  };
}
