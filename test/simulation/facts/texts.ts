// Owns the fact about texts from customers: each is handled once, however often it comes, and cancels only what was asked and confirmed.

import type { Fact, Violation } from '../fact.ts';
import { callsOf, grouped, succeeded } from '../history.ts';

export const texts: Fact = {
  name: 'each text is handled once, and an order is cancelled by text only after CANCEL and YES from its phone',
  tables: ['incoming_messages', 'pending_cancellations', 'messages'],
  check({ calls, end }) {
    const violations: Violation[] = [];
    const say = (what: string, ...about: string[]) => violations.push({ what, about });
    const sent = callsOf(calls, 'text');
    const byId = new Map(sent.map((call) => [call.asked.id, call]));
    const stored = grouped(end.incoming, ({ id }) => id);
    for (const [id, rows] of stored) {
      const text = byId.get(id);
      const [row] = rows;
      if (!text) say(`a text is there that nobody sent: ${id}`);
      else if (rows.length > 1) say(`text ${id} is there ${rows.length} times`, text.asked.phone);
      else if (row?.command === null) say(`text ${id} is not handled`, text.asked.phone);
      else if (row?.command !== expected(text.asked.words)) {
        say(`«${text.asked.words}» was taken for ${row?.command}`, text.asked.phone);
      }
    }
    for (const { asked } of sent.filter(succeeded))
      if (!stored.has(asked.id)) say(`text ${asked.id} is lost`, asked.phone);

    const answers = grouped(end.incoming, ({ answer }) => answer ?? undefined);
    for (const { id, recipient } of end.messages.filter(({ kind }) => kind.startsWith('reply-'))) {
      const count = answers.get(id)?.length ?? 0;
      if (count !== 1) say(`an answer to ${recipient} answers ${count} texts`, recipient);
    }

    const byPhone = grouped(sent, ({ asked }) => asked.phone);
    for (const { id, phone, events } of end.orders) {
      if (!events.some(({ via }) => via === 'sms')) continue;
      const said = (word: string) => (byPhone.get(phone) ?? []).filter(({ asked }) => expected(asked.words) === word);
      const isConfirmed = said('cancel').some((asking) => said('yes').some((yes) => yes.toMs > asking.fromMs));
      if (!isConfirmed) say(`order ${id} was cancelled by a text that ${phone} never sent`, id, phone);
    }
    return violations;
  },
};

/** What the first word of a text asks for. */
const expected = (words: string): string => {
  const word = words.trim().split(/\s+/)[0]?.toLowerCase() ?? '';
  return ['status', 'cancel', 'yes', 'no', 'help', 'stop', 'start'].includes(word) ? word : 'unknown';
};
