// Owns the facts about kinds of messages and about what may become of a message.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { joinedKinds, rulesOf } from '../../src/messages/kinds.ts';
import { type MessageStatus, messageStatuses } from '../../src/messages/message.ts';
import { mayMove, messageMoves } from '../../src/messages/moves.ts';
import { orderStatuses } from '../../src/orders/order.ts';

describe('kinds', () => {
  test('all that customers get of an order is urgent, but that it is complete', () => {
    const patient = orderStatuses.filter((status) => !rulesOf(`order-${status}`).isUrgent);
    expect(patient).toEqual(['completed']);
  });

  test('only that SMS have ended goes to a number that wants none', () => {
    expect(rulesOf('reply-stop').needsConsent).toBe(false);
    for (const kind of ['order-pending', 'reply-status', 'reply-unknown'])
      expect(rulesOf(kind).needsConsent).toBe(true);
  });

  test('new orders are told together, and nothing else is', () => {
    expect(joinedKinds).toEqual(['new-order']);
    expect(rulesOf('new-order').joinedAs).toBe('order-digest');
  });

  test('what an order has once is what its index keeps apart: all but answers', () => {
    const ofAnOrder = [
      ...orderStatuses.map((status) => `order-${status}`),
      'new-order',
      'reply-status',
      'reply-cancel',
    ];
    expect(ofAnOrder.filter((kind) => rulesOf(kind).mayRepeat)).toEqual(['reply-status', 'reply-cancel']);
  });

  test('a kind that a later release wrote goes out by day, within the budget, and with consent', () => {
    expect(rulesOf('toString')).toMatchObject({ isUrgent: false, needsConsent: true });
  });
});

describe('moves', () => {
  const reachable = (status: MessageStatus): MessageStatus[] =>
    Object.values(messageMoves)
      .filter(({ from }) => from.includes(status))
      .flatMap(({ to }) => to);

  test('nothing more becomes of what was delivered or cancelled', () => {
    expect(reachable('delivered')).toEqual([]);
    expect(reachable('cancelled')).toEqual([]);
  });

  test('every status can be reached from the first', () => {
    const seen = new Set<MessageStatus>(['queued']);
    for (const status of seen) for (const next of reachable(status)) seen.add(next);
    expect([...seen].toSorted()).toEqual([...messageStatuses].toSorted());
  });

  test('only what no worker has taken can be cancelled', () => {
    expect(messageStatuses.filter((status) => mayMove(status, 'cancel'))).toEqual(['queued']);
  });

  test('each statement that changes a status says by which move', () => {
    const stores = readdirSync('src/messages').filter((file) => file.endsWith('store.ts'));
    const text = stores.map((file) => readFileSync(path.join('src/messages', file), 'utf8')).join('\n');
    const updates = [
      ...text.matchAll(/update messages set status[^;]*?(?=update messages|select |returning|`\.execute)/g),
    ];
    expect(updates.length).toBeGreaterThan(6);
    for (const [update] of updates) expect(update).toMatch(/mayMove\('\w+'\)/);
  });
});
