// Owns alarms: an e-mail to each of the staff when something needs them, and not the same one again too soon.

import type { AlarmKind } from '../messages/kinds.ts';
import { insertMessages } from '../messages/store.ts';
import type { Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { saveAlarm } from './alarm-store.ts';

export interface Alarm {
  kind: AlarmKind;
  subject: string;
  text: string;
  /** Nothing is raised if this kind was raised at this moment or later. */
  unlessSince?: Date;
}

export interface AlarmDeps {
  adminEmails: readonly string[];
  newId: NewId;
}

/** Queues the e-mails in the caller's transaction. Their body is the subject, an empty line and the text. */
export async function raiseAlarm(trx: Transaction, alarm: Alarm, deps: AlarmDeps, now: Date): Promise<void> {
  const { kind, subject, text, unlessSince = now } = alarm;
  if (!(await saveAlarm(trx, kind, unlessSince, now))) return;
  const body = `${subject}\n\n${text}`;
  const emails = deps.adminEmails.map((recipient) => ({
    id: deps.newId(now),
    channel: 'email' as const,
    orderId: null,
    kind,
    recipient,
    body,
  }));
  await insertMessages(trx, emails, now);
}
