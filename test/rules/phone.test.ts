// Owns the facts about phone numbers.

import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { describe, expect, test } from 'vitest';
import { parsePhone, phonePrefix } from '../../src/phones/phone.ts';

const kenyan = '+254712345678';

test.each([
  ['+1234567890', '+1234567890'],
  ['+1234567', '+1234567'],
  ['+123456789012345', '+123456789012345'],
  ['+254 712 345-678', kenyan],
  ['0712 345 678', kenyan],
  ['(0712) 345.678', kenyan],
  ['712345678', kenyan],
  ['254712345678', kenyan],
  ['00254712345678', kenyan],
  ['000254712345678', kenyan],
  ['0110 123 456', '+254110123456'],
  // A landline of Nairobi, with and without its area code's zero.
  ['020 2345678', '+254202345678'],
  ['+254 20 2345678', '+254202345678'],
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

test('two numbers in one field are none', () => {
  for (const input of ['0712345678/0722345678', '0712345678, 0722345678', '0712345678 or 0722345678']) {
    expect(parsePhone(input, 'KE')).toBeUndefined();
  }
});

describe('a zero between the country code and the number', () => {
  test.each([
    ['+254 (0)712 345678', kenyan],
    ['+2540712345678', kenyan],
    ['(+254) 0712-345-678', kenyan],
    ['2540712345678', kenyan],
    ['002540712345678', kenyan],
    ['00254 (0) 712 345 678', kenyan],
    ['0002540712345678', kenyan],
    ['+254 (0)20 2345678', '+254202345678'],
    ['+2560772345678', '+256772345678'],
    ['+256 (0) 772 345 678', '+256772345678'],
    ['+2550712345678', '+255712345678'],
    ['+255 022 2112345', '+255222112345'],
    ['+2500788123456', '+250788123456'],
    ['+2510911123456', '+251911123456'],
    ['+251 (0)11 551 2345', '+251115512345'],
    ['+23408031234567', '+2348031234567'],
    ['+234 (0) 803 123 4567', '+2348031234567'],
    ['+2430812345678', '+243812345678'],
    ['+2120612345678', '+212612345678'],
    ['+270821234567', '+27821234567'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['+4407911123456', '+447911123456'],
    ['+33 (0)6 12 34 56 78', '+33612345678'],
    ['+49 (0) 30 901820', '+4930901820'],
    ['+36 06 20 123 4567', '+36201234567'],
  ])('is no part of it: %s is %s', (input, expected) => {
    expect(parsePhone(input, 'KE')).toBe(expected);
  });

  test.each([
    // Italy and San Marino, and where all numbers got a digit more in front.
    ['+39 06 12345678', '+390612345678'],
    ['+378 0549 886377', '+3780549886377'],
    ['+225 07 12 34 56 78', '+2250712345678'],
    ['+229 01 97 12 34 56', '+2290197123456'],
    ['+241 06 03 12 34', '+24106031234'],
  ])('stays where it is a digit like the others: %s is %s', (input, expected) => {
    expect(parsePhone(input, 'KE')).toBe(expected);
  });
});

describe('a number with the code of a country', () => {
  test.each([
    ['too short for Kenya', '+2547123'],
    ['too long for Kenya', '+25471234567890'],
    ['too short with its zero', '+254 (0)712'],
    ['too long for Uganda', '+25677234567890'],
    ['too short for Tanzania', '+255712345'],
    ['too long for Rwanda', '+2507881234567'],
    ['too short for Ethiopia', '+25191112'],
    ['too short for the United States', '+1 415 555'],
    ['too long for the United States', '+1 415 555 26712'],
    ['from before the numbers of Benin got longer', '+22997123456'],
    ['dialled with 00 and too short', '00254712'],
  ])('is none where it is %s: %s', (_why, input) => {
    expect(parsePhone(input, 'KE')).toBeUndefined();
  });

  test.each(['+254711082999', '+256414123456', '+255222112345', '+2348031234567', '+12125551234', '+6834123'])(
    'is one where it has a length that numbers have there: %s',
    (input) => expect(parsePhone(input, 'KE')).toBe(input),
  );

  test('is taken as it stands where the code is of no country that is known', () => {
    expect(parsePhone('+999 123 456 789', 'KE')).toBe('+999123456789');
    expect(parsePhone('+8816123456789', 'KE')).toBe('+8816123456789');
  });

  test('is read as the library of numbering plans reads it, whichever country and length', () => {
    const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 6, maxLength: 13 });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 7, 20, 27, 33, 39, 44, 49, 211, 225, 234, 250, 251, 254, 255, 256),
        digits,
        (code, rest) => {
          const read = parsePhoneNumberFromString(`+${code}${rest}`, { extract: false });
          fc.pre(!'123456789012345'.startsWith(`${code}${rest}`));
          const phone = parsePhone(`+${code}${rest}`, 'KE');
          if (phone === undefined) expect(read?.isPossible() !== true || read.number.length > 16).toBe(true);
          else if (phone !== `+${code}${rest}`) expect(phone).toBe(read?.number);
        },
      ),
    );
  });
});

describe('a number copied from somewhere', () => {
  test.each([
    ['contacts, wrapped in marks of direction', '\u202a+254\u00a0712\u00a0345678\u202c'],
    ['a chat', '\u2066+254 712 345678\u2069'],
    ['right-to-left text', '\u200f\u202d0712 345678\u202c\u200e'],
    ['a page, with zero-width spaces', '07\u200b12\u200b345\u2060678\ufeff'],
    ['a form, full width', '＋２５４（０）７１２－３４５６７８'],
    ['Arabic', '٠٧١٢٣٤٥٦٧٨'],
    ['Persian', '+۲۵۴ ۷۱۲ ۳۴۵ ۶۷۸'],
    ['Hindi', '०७१२३४५६७८'],
    ['Bengali', '০৭১২৩৪৫৬৭৮'],
    ['a sign in mathematical digits', '𝟎𝟕𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖'],
    ['a text editor, with a soft hyphen', '0712\u00ad345\u00ad678'],
    ['a document, with long dashes', '0712–345—678'],
    ['a typesetter, with a minus sign', '0712−345−678'],
    ['a design, with middle dots', '0712·345·678'],
    ['a card, with bullets and thin spaces', '0712\u2009•\u2009345\u202f678'],
    ['a spreadsheet, with a tab at its end', '0712345678\t'],
    ['a table, in brackets', '[0712] 345 678'],
    ['a mail, over two lines', '+254 712\r\n345678'],
  ])('%s, is that number', (_where, input) => {
    expect(parsePhone(input, 'KE')).toBe(kenyan);
    expect(phonePrefix(input, 'KE')).toBe(kenyan);
  });

  test('is that number in the digits of whatever script', () => {
    const systems = Intl.supportedValuesOf('numberingSystem').map((system) =>
      Array.from({ length: 10 }, (_, digit) => new Intl.NumberFormat('en', { numberingSystem: system }).format(digit)),
    );
    const scripts = systems.filter((digits) => digits.every((digit) => /^\p{Nd}$/u.test(digit)));
    expect(scripts.length).toBeGreaterThan(50);
    for (const digits of scripts) {
      const typed = Array.from('0712345678', (digit) => digits[Number(digit)]).join('');
      expect(parsePhone(typed, 'KE'), typed).toBe(kenyan);
    }
  });
});

test('local numbers are those of the region', () => {
  expect(parsePhone('07911 123456', 'GB')).toBe('+447911123456');
  expect(parsePhone('(415) 555-2671', 'US')).toBe('+14155552671');
  expect(parsePhone('06 1234 5678', 'IT')).toBe('+390612345678');
  expect(parsePhone('0772 345678', 'UG')).toBe('+256772345678');
  expect(() => parsePhone('0712345678', 'XX')).toThrow('region XX');
});

describe('the beginning of a number', () => {
  test.each([
    ...['0712', '712', '254712', '+254 712', '00254712', '000254712', '+254 (0)712', '2540712', '002540712'].map(
      (input) => [input, 'KE', '+254712'],
    ),
    ['\u202a+254 71', 'KE', '+25471'],
    ['+254', 'KE', '+254'],
    ['+2540', 'KE', '+254'],
    ['0 7', 'KE', '+2547'],
    ['+256 0772', 'KE', '+256772'],
    ['06 12', 'IT', '+390612'],
    ['+39 06', 'KE', '+3906'],
    ['415', 'US', '+1415'],
    ['+99', 'KE', '+99'],
  ])('%s is found in %s as it is stored, %s', (input, region, expected) => {
    expect(phonePrefix(input, region)).toBe(expected);
  });

  test.each(['', '+', '7', '00', '+0', '+07', 'Ann', '0712x', '%'])('%j is none', (input) => {
    expect(phonePrefix(input, 'KE')).toBeUndefined();
  });

  test('finds the number that it was cut from, however that was written', () => {
    const written = fc.constantFrom('+254712345678', '0712345678', '+2540712345678', '00254712345678', '712345678');
    fc.assert(
      fc.property(written, fc.integer({ min: 3, max: 15 }), (number, length) => {
        expect(kenyan.startsWith(phonePrefix(number.slice(0, length), 'KE') ?? '')).toBe(true);
      }),
    );
  });
});
