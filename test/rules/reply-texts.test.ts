// Owns the facts about our answers to customers' texts: how long they are, and how often they are given.

import { describe, expect, test } from 'vitest';
import { replyTexts } from '../../src/conversations/reply-texts.ts';
import { maxRepliesAnHour, mayReply } from '../../src/conversations/sms-reply.ts';
import type { EarlierReply } from '../../src/messages/store.ts';
import { maxTotalMinor, orderStatuses } from '../../src/orders/order.ts';
import { measureSms } from '../../src/phones/sms-text.ts';
import { formatMoney } from '../../src/texts/formatting.ts';

const total = formatMoney(maxTotalMinor, 'KES');

test.each(['en', 'sw'] as const)('every answer fits one SMS of the plain alphabet: %s', (language) => {
  const texts = replyTexts[language];
  const all = Object.values(texts).filter((each): each is string => typeof each === 'string');
  for (const status of orderStatuses) {
    const order = { code: 'YCM9SZW4', total, status };
    all.push(texts.status(order, 1), texts.confirmCancel(order, 15), texts.cantCancel(order), texts.kept(order));
  }
  all.push(texts.notYours('YCM9SZW4'), texts.misread('YCM9SZW412'), texts.whichToCancel(Array(5).fill('YCM9SZW4')));
  expect(all).toHaveLength(31);
  for (const text of all) {
    expect(text.length, text).toBeLessThanOrEqual(160);
    expect(measureSms(text).segments, text).toBe(1);
  }
});

test('what was not understood, and what may mean it, is told how to end the SMS', () => {
  for (const text of [replyTexts.en.unknown, replyTexts.en.stopWhat, replyTexts.en.help])
    expect(text).toContain('STOP');
  for (const text of [replyTexts.sw.unknown, replyTexts.sw.stopWhat, replyTexts.sw.help])
    expect(text).toContain('SIMAMA');
});

describe('how often a number is answered', () => {
  const now = new Date('2026-02-14T12:00:00Z');
  const ago = (minutes: number, kind: string): EarlierReply => ({
    kind,
    at: new Date(now.getTime() - minutes * 60_000),
  });

  test('so many times an hour, whatever is said', () => {
    const busy = Array.from({ length: maxRepliesAnHour }, (_, index) => ago(index * 5, 'reply-status'));
    expect(mayReply('reply-status', busy.slice(1), now)).toBe(true);
    expect(mayReply('reply-status', busy, now)).toBe(false);
    expect(mayReply('reply-stop', busy, now)).toBe(false);
    expect(mayReply('reply-status', [...busy.slice(1), ago(60, 'reply-status')], now)).toBe(true);
  });

  test('that it is a stranger, once a day; that it was not understood, once an hour', () => {
    expect(mayReply('reply-stranger', [ago(1_439, 'reply-stranger')], now)).toBe(false);
    expect(mayReply('reply-stranger', [ago(1_440, 'reply-stranger'), ago(1, 'reply-stop')], now)).toBe(true);
    expect(mayReply('reply-unknown', [ago(59, 'reply-unknown')], now)).toBe(false);
    expect(mayReply('reply-unknown', [ago(60, 'reply-unknown'), ago(1, 'reply-help')], now)).toBe(true);
  });
});
