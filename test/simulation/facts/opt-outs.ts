// Owns the fact about opt-outs: who has said STOP hears nothing of later orders, and who said it last is what counts.

import type { Fact, Violation } from '../fact.ts';
import { type Call, callsOf, grouped } from '../history.ts';
import { livesOf } from '../order-lives.ts';

interface Said {
  phone: string;
  fromMs: number;
  /** Infinite where it takes effect nobody knows when. */
  toMs: number;
  byStaff: boolean;
}

const said = (calls: readonly Call[], kind: 'opt-out' | 'opt-in', words: RegExp): Said[] => [
  ...callsOf(calls, kind).map(({ asked, fromMs, toMs }) => ({ phone: asked.phone, fromMs, toMs, byStaff: true })),
  ...callsOf(calls, 'text')
    .filter(({ asked }) => words.test(asked.words))
    .map(({ asked, fromMs }) => ({ phone: asked.phone, fromMs, toMs: Number.POSITIVE_INFINITY, byStaff: false })),
];

export const optingOut = (calls: readonly Call[]): Said[] => said(calls, 'opt-out', /^\s*stop\b/i);
const optingIn = (calls: readonly Call[]): Said[] => said(calls, 'opt-in', /^\s*start\b/i);

export const optOuts: Fact = {
  name: 'who wants no SMS gets none, and staff who say so are written down',
  tables: ['opt_outs', 'audit_trail', 'messages'],
  check({ calls, end }) {
    const [outs, ins] = [
      grouped(optingOut(calls), ({ phone }) => phone),
      grouped(optingIn(calls), ({ phone }) => phone),
    ];
    const isOut = new Set(end.optOuts);
    const violations: Violation[] = [];
    const say = (what: string, ...about: string[]) => violations.push({ what, about });

    for (const phone of isOut) if (!outs.has(phone)) say(`${phone} is opted out and never said so`, phone);
    for (const [phone, all] of outs) {
      if (!ins.has(phone) && !isOut.has(phone)) say(`${phone} said STOP and is not opted out`, phone);
      if (all.some(({ byStaff }) => !byStaff) || (ins.get(phone) ?? []).some(({ byStaff }) => !byStaff)) continue;
      const written = (action: string) =>
        end.audited.filter((each) => each.action === action && each.subject === phone).length;
      if (written('opted-out') - written('opted-in') !== (isOut.has(phone) ? 1 : 0)) {
        say(`${phone}: ${written('opted-out')} opt-outs and ${written('opted-in')} opt-ins are written down`, phone);
      }
    }

    const rows = grouped(
      end.messages.filter(({ channel, kind }) => channel === 'sms' && kind.startsWith('order-')),
      ({ order }) => order ?? undefined,
    );
    for (const { stored, placed } of livesOf(calls, end)) {
      const since = Math.min(...(outs.get(stored.phone) ?? []).map(({ toMs }) => toMs));
      if (since >= placed.fromMs || ins.has(stored.phone)) continue;
      const sent = (rows.get(stored.id) ?? []).find(({ status }) => status !== 'cancelled');
      if (sent)
        say(`${stored.phone} had said STOP and got ${sent.kind} of order ${stored.id}`, stored.phone, stored.id);
    }
    return violations;
  },
};
