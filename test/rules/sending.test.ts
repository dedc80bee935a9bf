// Owns the facts about the circuit breaker and about which messages may go out now.

import { describe, expect, test } from 'vitest';
import type { DueMessage } from '../../src/messages/attempt-store.ts';
import type { Outcome } from '../../src/messages/message.ts';
import { createCircuit } from '../../src/platform/circuit.ts';
import { admitEmails, admitSms, type Limits, type NumberFacts } from '../../src/sending/admission.ts';
import { healthOf } from '../../src/sending/send-messages.ts';

const accepted: Outcome = { kind: 'accepted', detail: '101' };
const unavailable: Outcome = { kind: 'unavailable', detail: 'HTTP 503' };
const ambiguous: Outcome = { kind: 'ambiguous', detail: 'no answer' };
const times = (count: number, act: () => void) => {
  for (let each = 0; each < count; each += 1) act();
};

describe('the circuit', () => {
  test('opens after ten failures in a row, and not when some in between are well', () => {
    const circuit = createCircuit(() => 0);
    times(9, () => circuit.count(healthOf(unavailable)));
    circuit.count(healthOf(accepted));
    times(9, () => circuit.count(healthOf(unavailable)));
    expect(circuit.state()).toBe('closed');
    circuit.count(healthOf(unavailable));
    expect(circuit.state()).toBe('open');
  });

  test('opens after four time-outs', () => {
    const circuit = createCircuit(() => 0);
    times(3, () => circuit.count(healthOf(ambiguous)));
    expect(circuit.state()).toBe('closed');
    circuit.count(healthOf(ambiguous));
    expect(circuit.state()).toBe('open');
  });

  test('is half open for longer and longer waits, up to half a minute, and closes with the first that is accepted', () => {
    let now = 0;
    const circuit = createCircuit(() => now);
    times(10, () => circuit.count(healthOf(unavailable)));
    for (const waitMs of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      now += waitMs - 1;
      expect(circuit.state()).toBe('open');
      now += 1;
      expect(circuit.state()).toBe('half-open');
      circuit.count(healthOf(unavailable));
    }
    now += 30_000;
    circuit.count(healthOf(accepted));
    expect(circuit.state()).toBe('closed');
    times(10, () => circuit.count(healthOf(unavailable)));
    now += 2_000;
    expect(circuit.state()).toBe('half-open');
  });

  test('waits as long as the provider asks for', () => {
    let now = 0;
    const circuit = createCircuit(() => now);
    circuit.count(healthOf({ ...unavailable, waitMs: 20_000 }));
    now = 19_999;
    expect(circuit.state()).toBe('open');
    now = 20_000;
    expect(circuit.state()).toBe('half-open');
  });

  test('a message refused for its own sake shows that the provider is well', () => {
    const circuit = createCircuit(() => 0);
    times(9, () => circuit.count(healthOf(unavailable)));
    circuit.count(healthOf({ kind: 'retry', detail: '407', waitMs: 600_000 }));
    times(9, () => circuit.count(healthOf(unavailable)));
    circuit.count(healthOf({ kind: 'permanent', detail: '403' }));
    circuit.count(healthOf(unavailable));
    expect(circuit.state()).toBe('closed');
  });
});

const limits: Limits = {
  smsPerNumber: 3,
  dailyBudget: { amount: 100, currency: 'KES' },
  quietHours: { from: 21 * 60, to: 7 * 60 },
  emailsPerMinute: 2,
  timeZone: 'Africa/Nairobi',
};

let ids = 0;
const due = (kind: string, recipient: string, heldFor: DueMessage['heldFor'] = null): DueMessage => ({
  ...{ id: `message-${(ids += 1)}`, kind, recipient, heldFor },
  userId: null,
  createdAt: new Date('2026-11-26T08:00:00Z'),
  wasTaken: false,
});
const nobody: NumberFacts = { lately: new Map(), waiting: [] };
const noon = new Date('2026-11-26T09:00:00Z');
const night = new Date('2026-11-26T19:30:00Z');

describe('which SMS go out now', () => {
  test('all, by day and under the limits', () => {
    const messages = [due('order-pending', '+254700000001'), due('order-completed', '+254700000001')];
    expect(admitSms(messages, nobody, 99.99, limits, noon)).toEqual({
      ...{ send: messages.map(({ id }) => id), hold: [], drop: [], digestFor: [] },
    });
  });

  test('only urgent ones in quiet hours, which are those where the number is from', () => {
    const [urgent, kenya, south] = [
      due('order-dispatched', '+254700000001'),
      due('order-completed', '+254700000001'),
      due('order-completed', '+27820000001'),
    ] as const;
    const found = admitSms([urgent, kenya, south], nobody, 0, limits, night);
    // Half past ten in Nairobi, half past nine in Johannesburg.
    expect(found.send).toEqual([urgent.id]);
    expect(found.hold).toEqual([
      { id: kenya.id, heldFor: 'quiet-hours', until: new Date('2026-11-27T04:00:00Z') },
      { id: south.id, heldFor: 'quiet-hours', until: new Date('2026-11-27T05:00:00Z') },
    ]);
    const evening = new Date('2026-11-26T18:30:00Z');
    expect(admitSms([kenya, south], nobody, 0, limits, evening).send).toEqual([south.id]);
    expect(admitSms([kenya], nobody, 0, { ...limits, quietHours: undefined }, night).send).toEqual([kenya.id]);
  });

  test('no order’s SMS once the budget is spent, until midnight', () => {
    const messages = [due('order-cancelled', '+254700000001'), due('order-completed', '+254700000001')];
    const found = admitSms(messages, nobody, 100, limits, noon);
    expect(found.send).toEqual([]);
    expect(found.hold).toEqual(
      messages.map(({ id }) => ({ id, heldFor: 'budget', until: new Date('2026-11-26T21:00:00Z') })),
    );
  });

  test('as many to one number as the limit allows in an hour, those of before and those of now together', () => {
    const phone = '+254700000001';
    const messages = [1, 2, 3].map(() => due('order-pending', phone));
    const oldestAt = new Date('2026-11-26T08:20:00Z');
    const lately = (count: number): NumberFacts => ({
      lately: new Map([[phone, { count, oldestAt, userIds: [] }]]),
      waiting: [],
    });
    const [two, full] = [lately(2), lately(3)];
    expect(admitSms(messages, two, 0, limits, noon).send).toEqual([messages[0]?.id]);
    expect(admitSms(messages, full, 0, limits, noon).hold[0]).toEqual({
      ...{ id: messages[0]?.id, heldFor: 'number-limit', until: new Date('2026-11-26T09:20:00Z') },
    });
    const other = due('order-pending', '+254700000002');
    expect(admitSms([other], full, 0, limits, noon).send).toEqual([other.id]);
  });
});

describe('somebody orders to a phone all day', () => {
  const phone = '+254700000001';
  const [stranger, owner] = ['0198c3c5-0000-7000-8000-000000000001', '0198c3c5-0000-7000-8000-000000000002'];
  const wide: Limits = { ...limits, smsPerNumber: 8 };
  const dueOf = (userId: string | null, kind = 'order-pending', more: Partial<DueMessage> = {}): DueMessage => ({
    ...due(kind, phone),
    userId,
    ...more,
  });

  test('one customer gets three quarters of what the number gets in an hour, and the owner’s own order goes out', () => {
    const flood = Array.from({ length: 20 }, () => dueOf(stranger));
    const own = dueOf(owner);
    const { send, hold, drop } = admitSms([...flood, own], nobody, 0, wide, noon);
    expect(send.toSorted()).toEqual([...flood.slice(0, 6), own].map(({ id }) => id).toSorted());
    expect(hold).toHaveLength(12);
    expect(drop).toHaveLength(2);
    expect(new Set(drop.map(({ reason }) => reason))).toEqual(new Set(['too many SMS wait for this number']));
  });

  test('who has had the least comes first once there is room', () => {
    const facts: NumberFacts = {
      lately: new Map([
        [phone, { count: 7, oldestAt: noon, userIds: [stranger, stranger, stranger, null, null, null, null] }],
      ]),
      waiting: [],
    };
    const [late, own] = [dueOf(stranger), dueOf(owner)];
    expect(admitSms([late, own], facts, 0, wide, noon).send).toEqual([own.id]);
  });

  test('an answer goes out all the same, past the number’s limit and past the budget', () => {
    const facts: NumberFacts = { lately: new Map([[phone, { count: 8, oldestAt: noon, userIds: [] }]]), waiting: [] };
    const [answer, order] = [dueOf(null, 'reply-status'), dueOf(owner, 'order-dispatched')];
    expect(admitSms([answer, order], facts, 100, wide, noon)).toMatchObject({
      send: [answer.id],
      hold: [{ id: order.id, heldFor: 'budget' }],
    });
  });

  test('what waits counts those that wait already, which are held again and not counted twice', () => {
    const facts: NumberFacts = {
      lately: new Map([[phone, { count: 8, oldestAt: noon, userIds: [] }]]),
      waiting: [{ recipient: phone, userId: stranger, count: 11 }],
    };
    const held = dueOf(stranger, 'order-pending', { heldFor: 'number-limit' });
    const found = admitSms([held, dueOf(stranger), dueOf(stranger)], facts, 0, wide, noon);
    expect([found.send.length, found.hold.length, found.drop.length]).toEqual([0, 2, 1]);
  });

  test('what has waited for a day is no news any more', () => {
    const facts: NumberFacts = { lately: new Map([[phone, { count: 8, oldestAt: noon, userIds: [] }]]), waiting: [] };
    const old = dueOf(owner, 'order-pending', { createdAt: new Date('2026-11-25T08:59:00Z'), heldFor: 'number-limit' });
    expect(admitSms([old], facts, 0, wide, noon).drop).toEqual([
      { id: old.id, reason: 'it waited for a day, and is no news any more' },
    ]);
  });
});

describe('which e-mails go out now', () => {
  test('about new orders as many a minute as the rate allows; the rest wait for the full minute, then for their digest', () => {
    const messages = [1, 2, 3].map(() => due('new-order', 'one@agizo.test'));
    const other = due('new-order', 'two@agizo.test');
    const found = admitEmails([...messages, other], nobody.lately, limits, new Date('2026-11-26T09:00:20Z'));
    expect(found.send).toEqual([messages[0]?.id, messages[1]?.id, other.id]);
    expect(found.hold).toEqual([{ id: messages[2]?.id, heldFor: 'digest', until: new Date('2026-11-26T09:01:00Z') }]);
    const held = due('new-order', 'one@agizo.test', 'digest');
    expect(admitEmails([held], nobody.lately, limits, noon)).toEqual({
      send: [],
      hold: [],
      drop: [],
      digestFor: ['one@agizo.test'],
    });
  });

  test('alarms and digests always', () => {
    const full = new Map([['one@agizo.test', { count: 2, oldestAt: noon, userIds: [] }]]);
    const messages = ['alarm-budget', 'order-digest'].map((kind) => due(kind, 'one@agizo.test'));
    expect(admitEmails(messages, full, limits, noon).send).toEqual(messages.map(({ id }) => id));
  });
});
