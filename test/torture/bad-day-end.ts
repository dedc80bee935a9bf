// Owns how a bad day for messages must end: what was received against what the ledger says, message by message.

import { sql } from 'kysely';
import type { OrderStatus } from '../../src/orders/order.ts';
import type { Service } from '../support/service.ts';

export const admins = ['one@agizo.test', 'two@agizo.test'];

export interface Placed {
  id: string;
  code: string;
  phone: string;
  statuses: OrderStatus[];
}

interface LedgerRow {
  orderId: string | null;
  channel: 'sms' | 'email';
  kind: string;
  recipient: string;
  body: string;
  status: string;
  ambiguous: boolean;
}

/** Counts, and in `wrong` what is not as it should be. */
export async function checkEnd(service: Service, placed: readonly Placed[]) {
  const { rows } = await sql<LedgerRow>`
    select order_id as "orderId", channel, kind, recipient, body, status, ambiguous from messages`.execute(service.db);
  const wrong: string[] = [];
  const sms = checkSms(await listReceived(service), placed, rows, wrong);
  const emails = await checkEmails(service, placed, rows, wrong);
  return { ...sms, ...emails, wrong };
}

async function listReceived(service: Service): Promise<Map<string, number>> {
  const { body } = await service.request('GET', '/sandbox/messages');
  const received = new Map<string, number>();
  for (const { to, text } of body as { to: string; text: string }[]) {
    received.set(`${to} ${text}`, (received.get(`${to} ${text}`) ?? 0) + 1);
  }
  return received;
}

function checkSms(received: Map<string, number>, placed: readonly Placed[], rows: LedgerRow[], wrong: string[]) {
  const ledger = new Map(
    rows.filter(({ channel }) => channel === 'sms').map((row) => [`${row.orderId} ${row.kind}`, row]),
  );
  const counts: Record<string, number> = {};
  let [statuses, smsReceived, smsTwice, smsNever] = [0, 0, 0, 0];
  for (const { id, code, phone, statuses: reached } of placed) {
    for (const status of reached) {
      statuses += 1;
      const row = ledger.get(`${id} order-${status}`);
      ledger.delete(`${id} order-${status}`);
      if (!row) {
        wrong.push(`order ${code}: nothing in the ledger about ${status}`);
        continue;
      }
      const times = received.get(`${phone} ${row.body}`) ?? 0;
      received.delete(`${phone} ${row.body}`);
      const label = row.ambiguous ? `${row.status}, ambiguous` : row.status;
      counts[label] = (counts[label] ?? 0) + 1;
      smsReceived += times;
      if (times === 2) smsTwice += 1;
      if (times === 0) smsNever += 1;
      const isRight = row.ambiguous
        ? times <= 2 && (times > 0 || row.status === 'failed')
        : times === 1 && row.status === 'delivered';
      if (!isRight) wrong.push(`order ${code}: ${status} is ${label} and was received ${times} times`);
    }
  }
  for (const [key] of ledger) wrong.push(`the ledger has an SMS about nothing: ${key}`);
  for (const [key, times] of received) wrong.push(`an SMS that the ledger doesn't know, ${times} times: ${key}`);
  return { statuses, sms: counts, smsReceived, smsTwice, smsNever };
}

async function checkEmails(service: Service, placed: readonly Placed[], rows: LedgerRow[], wrong: string[]) {
  const ledger = new Map(
    rows.filter(({ kind }) => kind === 'new-order').map((row) => [`${row.orderId} ${row.recipient}`, row]),
  );
  let [emails, emailsTwice] = [0, 0];
  for (const admin of admins) {
    const { body } = await service.request('GET', `/sandbox/emails?to=${admin}`);
    const found = new Map<string, number>();
    for (const { text, subject } of body as { text: string; subject: string }[]) {
      emails += 1;
      const codes = new Set(`${subject}\n${text}`.match(/\b[0-9A-Z]{8}\b/g));
      for (const code of codes) found.set(code, (found.get(code) ?? 0) + 1);
    }
    for (const { id, code } of placed) {
      const row = ledger.get(`${id} ${admin}`);
      const times = found.get(code) ?? 0;
      if (times === 2) emailsTwice += 1;
      const isRight = row?.status === 'sent' && (row.ambiguous ? times === 1 || times === 2 : times === 1);
      if (!isRight) {
        wrong.push(
          `order ${code}: ${admin} got ${times} e-mails; the ledger says ${row?.status}, ambiguous ${row?.ambiguous}`,
        );
      }
    }
  }
  const digests = rows.filter(({ kind }) => kind === 'order-digest').length;
  return { emails, digests, emailsTwice };
}
