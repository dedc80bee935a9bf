// Owns the facts about phone numbers.

import { expect, test } from 'vitest';
import { maskPhone, parsePhone, phonePrefix } from '../../src/platform/phone.ts';

test.each([
  ['+1234567890', '+1234567890'],
  ['+1234567', '+1234567'],
  ['+123456789012345', '+123456789012345'],
  ['+254 712 345-678', '+254712345678'],
  ['0712 345 678', '+254712345678'],
  ['(0712) 345.678', '+254712345678'],
  ['712345678', '+254712345678'],
  ['254712345678', '+254712345678'],
  ['00254712345678', '+254712345678'],
  ['000254712345678', '+254712345678'],
  ['0110 123 456', '+254110123456'],
])('%s is %s in Kenya', (input, expected) => {
  expect(parsePhone(input, 'KE')).toBe(expected);
});

test.each(['', '+', 'hello', '+123456', '+1234567890123456', '+0712345678', '911', '0712345', '0712 345 678 ext 9'])(
  '%s is not a phone number',
  (input) => expect(parsePhone(input, 'KE')).toBeUndefined(),
);

test('neither letters around a number nor very long text make one', () => {
  for (const input of ['call 0712345678', 'tel:+254712345678', '+254712345678;DROP', ` ${'0'.repeat(100)}`]) {
    expect(parsePhone(input, 'KE')).toBeUndefined();
  }
});

test('local numbers are those of the region', () => {
  expect(parsePhone('07911 123456', 'GB')).toBe('+447911123456');
  expect(parsePhone('(415) 555-2671', 'US')).toBe('+14155552671');
  expect(() => parsePhone('0712345678', 'XX')).toThrow('region XX');
});

test('the beginning of a number is found as it is stored', () => {
  for (const input of ['0712', '712', '254712', '+254 712', '00254712'])
    expect(phonePrefix(input, 'KE')).toBe('+254712');
  for (const input of ['', '+', '7', 'Ann', '0712x', '%']) expect(phonePrefix(input, 'KE')).toBeUndefined();
});

test('logs show too little of a number to call it', () => {
  expect(maskPhone('+254712345678')).toBe('+2547*****678');
  expect(maskPhone('+1234567')).toBe('********');
  expect(maskPhone('')).toBe('');
});
