// Owns the fact about messages: each obligation is met once, or marked as met perhaps twice, and nothing else is sent.

import type { StoredMessage } from '../end.ts';
import type { Fact, Violation, World } from '../fact.ts';
import { type CallOf, callsOf, grouped, succeeded } from '../history.ts';
import { livesOf, type OrderLife } from '../order-lives.ts';
import { optingOut } from './opt-outs.ts';

const failing = ['Failed', 'Rejected', 'AbsentSubscriber', 'Expired'];

export const messages: Fact = {
  name: 'a customer hears of each status once, staff of each order once, and what may come twice is marked',
  tables: ['messages', 'message_attempts', 'unmatched_reports'],
  check(world) {
    const lives = livesOf(world.calls, world.end);
    return [...owed(world, lives), ...arrived(world), ...mailed(world), ...reported(world)];
  },
};

/** What the ledger has against what each order owes its customer. */
function owed({ calls, end }: World, lives: readonly OrderLife[]): Violation[] {
  const violations: Violation[] = [];
  const toCustomer = end.messages.filter(({ channel, kind }) => channel === 'sms' && kind.startsWith('order-'));
  const byOrder = grouped(toCustomer, ({ order }) => order ?? undefined);
  const mayBeOut = new Set(optingOut(calls).map(({ phone }) => phone));
  const known = new Set(lives.map(({ stored }) => stored.id));
  for (const { order } of toCustomer) {
    if (order === null || !known.has(order)) violations.push({ what: `an SMS is about no order: ${order}`, about: [] });
  }
  for (const { stored, body } of lives) {
    const { id, phone } = stored;
    const say = (what: string) => violations.push({ what: `order ${id}: ${what}`, about: [id, phone] });
    const due = ['pending', ...stored.events.map(({ status }) => status)].map((status) => `order-${status}`);
    const rows = byOrder.get(id) ?? [];
    const written = rows.map(({ kind }) => kind);
    if (written.toSorted().join() !== due.toSorted().join())
      say(`owes ${due.join()} and has ${written.join() || 'none'}`);
    for (const { kind, recipient, body: text, status } of rows) {
      if (recipient !== phone) say(`${kind} goes to ${recipient}`);
      if (!text.includes(body.code)) say(`${kind} doesn’t say which order`);
      if (status === 'cancelled' && !mayBeOut.has(phone)) say(`${kind} was not sent, and ${phone} never said STOP`);
    }
  }
  return violations;
}

/** How often a message may have arrived. */
function times({ status, ambiguous }: StoredMessage, isReportedFailed: boolean): [least: number, most: number] {
  const most = ambiguous ? 2 : 1;
  if (status === 'sent' || status === 'delivered') return [1, most];
  // Cancelled between a try that nobody knows the end of and the next.
  if (status !== 'failed') return [0, ambiguous ? 1 : 0];
  return isReportedFailed ? [1, most] : [0, ambiguous ? 2 : 0];
}

/** What came to phones against the ledger; several of the same words to one phone are counted together. */
function arrived({ calls, end }: World): Violation[] {
  const failed = new Set(
    callsOf(calls, 'report')
      .filter(({ asked }) => failing.includes(asked.status))
      .map(({ asked }) => asked.id),
  );
  const sms = end.messages.filter(({ channel }) => channel === 'sms');
  const violations = sms
    .filter(({ status }) => status === 'queued' || status === 'sending')
    .map(({ id, status, order, recipient }) => ({
      what: `message ${id} is ${status} for ever`,
      about: [order ?? recipient],
    }));
  const received = grouped(end.texts, ({ to, text }) => `${to} ${text}`);
  const written = grouped(sms, ({ recipient, body }) => `${recipient} ${body}`);
  for (const [words, rows] of written) {
    const bounds = rows.map((row) =>
      times(
        row,
        row.attempts.some(({ providerId }) => failed.has(providerId ?? '')),
      ),
    );
    const least = bounds.reduce((sum, [each]) => sum + each, 0);
    const most = bounds.reduce((sum, [, each]) => sum + each, 0);
    const count = received.get(words)?.length ?? 0;
    if (count >= least && count <= most) continue;
    const said = rows.map(({ status, ambiguous }) => (ambiguous ? `${status}, perhaps twice` : status)).join('; ');
    const about = rows.map(({ order, recipient }) => order ?? recipient);
    violations.push({ what: `«${words}» arrived ${count} times, and the ledger says ${said}`, about });
  }
  for (const [words, all] of received) {
    if (!written.has(words))
      violations.push({ what: `«${words}» arrived and is in no ledger`, about: [all[0]?.to ?? ''] });
  }
  return violations;
}

/** Each of the staff gets an e-mail about each order. */
function mailed({ calls, end }: World): Violation[] {
  const rows = new Map(
    end.messages.filter(({ kind }) => kind === 'new-order').map((row) => [`${row.order} ${row.recipient}`, row]),
  );
  const counts = new Map<string, number>();
  for (const { to, subject, text } of end.emails) {
    for (const code of new Set(`${subject}\n${text}`.match(/\b[0-9A-Z]{8}\b/g))) {
      counts.set(`${code} ${to}`, (counts.get(`${code} ${to}`) ?? 0) + 1);
    }
  }
  return livesOf(calls, end).flatMap(({ stored: { id }, body: { code } }) =>
    end.admins.flatMap((admin): Violation[] => {
      const row = rows.get(`${id} ${admin}`);
      const count = counts.get(`${code} ${admin}`) ?? 0;
      if (row?.status === 'sent' && count >= 1 && (count === 1 || row.ambiguous)) return [];
      return [{ what: `order ${id}: ${admin} got ${count} e-mails, and the ledger says ${row?.status}`, about: [id] }];
    }),
  );
}

/** What the network said became of each. */
function reported({ calls, end }: World): Violation[] {
  const byId = grouped(callsOf(calls, 'report').filter(succeeded), ({ asked }) => asked.id);
  const said = (id: string | null, of: (call: CallOf<'report'>) => boolean) => (byId.get(id ?? '') ?? []).some(of);
  const isSuccess = ({ asked }: CallOf<'report'>) => asked.status === 'Success';
  const isFailure = ({ asked }: CallOf<'report'>) => failing.includes(asked.status);
  const waiting = new Set(end.unmatchedReports);
  return end.messages.flatMap(({ id, order, recipient, status, attempts }): Violation[] => {
    const about = [order ?? recipient];
    const isDelivered = attempts.some(({ providerId }) => said(providerId, isSuccess));
    const mayHaveFailed = attempts.some(({ providerId }) => said(providerId, isFailure));
    if (status === 'delivered' && !isDelivered) return [{ what: `nobody said that message ${id} is delivered`, about }];
    if (isDelivered && !mayHaveFailed && status !== 'delivered') {
      return [{ what: `message ${id} is delivered, and the ledger says ${status}`, about }];
    }
    const isAside = attempts.some(({ providerId }) => providerId !== null && waiting.has(providerId));
    return isAside ? [{ what: `a report about message ${id} is kept aside for ever`, about }] : [];
  });
}
