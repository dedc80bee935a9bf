// Owns the facts about how a text travels as an SMS.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measureSms, toGsmLetters } from '../../src/phones/sms-text.ts';

test.each<[text: string, encoding: string, characters: number, segments: number, left: number]>([
  ['', 'GSM-7', 0, 1, 160],
  ['a'.repeat(160), 'GSM-7', 160, 1, 0],
  ['a'.repeat(161), 'GSM-7', 161, 2, 145],
  ['a'.repeat(306), 'GSM-7', 306, 2, 0],
  ['a'.repeat(307), 'GSM-7', 307, 3, 152],
  // The extension table: an escape and a character.
  ['€'.repeat(80), 'GSM-7', 160, 1, 0],
  ['€'.repeat(81), 'GSM-7', 162, 2, 143],
  ['^{}[]~|\\', 'GSM-7', 16, 1, 144],
  ['ũ'.repeat(70), 'UCS-2', 70, 1, 0],
  ['ũ'.repeat(71), 'UCS-2', 71, 2, 63],
  ['ũ'.repeat(134), 'UCS-2', 134, 2, 0],
  ['ũ'.repeat(135), 'UCS-2', 135, 3, 66],
  ['🛒'.repeat(35), 'UCS-2', 70, 1, 0],
])('%#: its alphabet, length and segments', (text, encoding, characters, segments, charactersLeft) => {
  expect(measureSms(text)).toMatchObject({ encoding, characters, segments, charactersLeft });
});

test('a character that is two is never split between two segments', () => {
  // The 153rd place of the first segment stays empty.
  expect(measureSms(`${'a'.repeat(152)}€${'a'.repeat(151)}`)).toMatchObject({ characters: 305, segments: 2 });
  expect(measureSms(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toMatchObject({ characters: 306, segments: 3 });
  expect(measureSms(`${'a'.repeat(66)}🛒${'a'.repeat(66)}`)).toMatchObject({ characters: 134, segments: 3 });
});

test('says which characters make a text UCS-2, each once', () => {
  expect(measureSms('Asante – ‘rafiki’ – 🛒').notInGsm).toEqual(['–', '‘', '’', '🛒']);
});

test('adding what is left keeps the segments, and one more begins another', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', '€', '{', ' ', '\n', 'ñ'), minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(text, (given) => {
      const { segments, charactersLeft } = measureSms(given);
      const full = given + 'a'.repeat(charactersLeft);
      expect(measureSms(full)).toMatchObject({ segments, charactersLeft: 0 });
      expect(measureSms(`${full}a`).segments).toBe(segments + 1);
    }),
  );
});

test('letters lose only the marks that GSM-7 does not have', () => {
  expect(toGsmLetters('Wanjirũ Gĩthĩnji')).toBe('Wanjiru Githinji');
  expect(toGsmLetters('Zoë Ñañez Åse')).toBe('Zoe Ñañez Åse');
  expect(toGsmLetters('Ng’ang’a')).toBe("Ng'ang'a");
  expect(toGsmLetters('አበበ')).toBe('አበበ');
});
