// Owns the facts about order codes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderCode, orderNumber } from '../../src/orders/order-code.ts';

const number = fc.integer({ min: 0, max: 2 ** 35 - 1 });
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

test('is eight characters that fit an M-Pesa reference and lead back to the number', () => {
  fc.assert(
    fc.property(number, (given) => {
      const code = orderCode(given);
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
      expect(orderNumber(code)).toBe(given);
    }),
  );
});

test('is never shared by two numbers', () => {
  const codes = new Set(Array.from({ length: 50_000 }, (_, index) => orderCode(index)));
  expect(codes.size).toBe(50_000);
});

test('is read in any case, with spaces and dashes, and with O, I and L for the digits they look like', () => {
  const code = orderCode(1_234_567);
  const spoken = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
  expect(orderNumber(`${spoken.slice(0, 4)}-${spoken.slice(4)} `)).toBe(1_234_567);
});

test('shows every single mistyped character', () => {
  fc.assert(
    fc.property(number, fc.nat(7), fc.nat(31), (given, place, other) => {
      const code = orderCode(given);
      const typed = code.slice(0, place) + alphabet.charAt(other) + code.slice(place + 1);
      fc.pre(typed !== code);
      expect(orderNumber(typed)).toBeUndefined();
    }),
  );
});

test('shows every swap of two neighbours', () => {
  fc.assert(
    fc.property(number, fc.nat(6), (given, place) => {
      const code = orderCode(given);
      const typed = code.slice(0, place) + code.charAt(place + 1) + code.charAt(place) + code.slice(place + 2);
      fc.pre(typed !== code);
      expect(orderNumber(typed)).toBeUndefined();
    }),
  );
});

test.each(['', 'ABC', 'ABCDEFGHJ', 'ABCDEFU!', '🛒🛒🛒🛒🛒🛒🛒🛒'])('is not %j', (text) => {
  expect(orderNumber(text)).toBeUndefined();
});
