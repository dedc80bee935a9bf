// Owns the facts about reading amounts and counts as people write them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyOf, currencyStyle, type Reading, readAmount, readCount } from '../../src/files/amount.ts';

const kes = { ...currencyStyle('KES'), isPointDecimal: true };
/** As in a file whose fields stand between semicolons: the point may group. */
const unsure = { ...kes, isPointDecimal: false };
const none: Reading = { kind: 'none' };
const cents = (value: number): Reading => ({ kind: 'number', value });
const either = (one: number, other: number): Reading => ({ kind: 'ambiguous', readings: [one, other] });

describe('one reading', () => {
  test.each([
    ['1450', 1450],
    ['19.99', 19.99],
    ['19.9', 19.9],
    ['10,50', 10.5],
    ['10,5', 10.5],
    ['.50', 0.5],
    [',50', 0.5],
    ['0,450', 0.45],
    ['1450,500', 1450.5],
    ['1450.000', 1450],
    ['1,450.00', 1450],
    ['1,450.5', 1450.5],
    ['1.450,00', 1450],
    ['1,455', 1455],
    ['1,234,567', 1_234_567],
    ['1.234.567', 1_234_567],
    ['12,34,567.50', 1_234_567.5],
    ['1,00,000', 100_000],
    ['1 450', 1450],
    ['1\u00A0450,50', 1450.5],
    ['1\u202F450.50', 1450.5],
    ["1'450.50", 1450.5],
    ['1’450', 1450],
    ['１４５０．５０', 1450.5],
    ['\u202A1450\u202C', 1450],
    ['  20\t', 20],
    ['KES 20', 20],
    ['kes20', 20],
    ['20 KES', 20],
    ['Ksh 20', 20],
    ['KSh. 20', 20],
    ['Kshs.1,450.00', 1450],
    ['Sh 20', 20],
    ['20 shillings', 20],
    ['KES\u00A01,450.00', 1450],
    ['20/=', 20],
    ['20 /=', 20],
    ['20/-', 20],
    ['KES 20/=', 20],
    ['Ksh 1,450/-', 1450],
    ['1,000/=', 1000],
    ['1.450/-', 1450],
    ['Ksh 1,450.00/=', 1450],
    ['0', 0],
    ['000', 0],
    ['0.00', 0],
    ['1,000,000,000', 1_000_000_000],
  ])('%j is %d', (text, amount) => {
    expect(readAmount(text, unsure)).toEqual(cents(Math.round(amount * 100)));
  });

  test('a lone point is the decimal one where commas separate fields', () => {
    expect(readAmount('1.450', kes)).toEqual(cents(145));
    expect(readAmount('1.005', kes)).toEqual(none);
    expect(readAmount('1.450.000,00', kes)).toEqual(cents(145_000_000));
  });
});

test.each([
  ['1,450', either(1.45, 1450)],
  ['1.450', either(1.45, 1450)],
  ['KES 1,450', either(1.45, 1450)],
  ['1,000', either(1, 1000)],
  ['999,990', either(999.99, 999_990)],
  ['Kshs.50', either(0.5, 50)],
])('%j can be two amounts, and both are named', (text, reading) => {
  expect(readAmount(text, unsure)).toEqual(reading);
});

test.each([
  ...[
    '',
    ' ',
    'one',
    'KES',
    '-5',
    '+5',
    '(20)',
    '1.005',
    '1e3',
    '1.45E+03',
    '1450.',
    '1,45,0',
    '1,000,00',
    '20 50',
    '20.5.5',
  ],
  ...[
    '20²',
    '20½',
    '=20',
    '20%',
    '20 each',
    'KES 20 KES',
    '20/50',
    '20-30',
    '1 0',
    '1,',
    '1000000000.01',
    '10000000001',
    '9'.repeat(400),
  ],
])('%j is no amount', (text) => {
  expect(readAmount(text, kes)).toEqual(none);
});

test.each(['USD 20', '20 usd', 'UGX 1,450.00', 'TZS20/='])('%j is in another currency', (text) => {
  expect(readAmount(text, kes)).toEqual({ kind: 'foreign', currency: expect.stringMatching(/^(USD|UGX|TZS)$/) });
});

test('how many decimals an amount can have decides what it can be', () => {
  const ugx = { ...currencyStyle('UGX'), isPointDecimal: true };
  expect(readAmount('UShs 1,500/=', ugx)).toEqual(cents(1_500));
  expect(readAmount('1,500', ugx)).toEqual(cents(1_500));
  expect(readAmount('1,000', ugx)).toEqual(either(1, 1_000));
  expect(readAmount('10,50', ugx)).toEqual(none);
  const kwd = { ...currencyStyle('KWD'), isPointDecimal: true };
  expect(readAmount('1.455', kwd)).toEqual(cents(1_455));
  expect(readAmount('1,455', kwd)).toEqual(either(1.455, 1_455));
});

test.each([
  ['15', cents(15)],
  ['15.0', cents(15)],
  ['15,00', cents(15)],
  ['15.000', cents(15)],
  ['1 500', cents(1_500)],
  ['1,500', cents(1_500)],
  ['1,000', either(1, 1_000)],
  ['15.5', none],
  ['-1', none],
  ['KES 15', none],
  ['', none],
])('%j as a count', (text, reading) => {
  expect(readCount(text, { isPointDecimal: true })).toEqual(reading);
});

test('a mark is that of the store before it is a code', () => {
  expect(currencyOf('sh', currencyStyle('KES'))).toBe('KES');
  expect(currencyOf('Sh', currencyStyle('UGX'))).toBe('UGX');
  expect(currencyOf('€', currencyStyle('EUR'))).toBe('EUR');
  expect(currencyOf('usd', currencyStyle('KES'))).toBe('USD');
  expect(currencyOf('pcs', currencyStyle('KES'))).toBeUndefined();
});

describe('any amount', () => {
  const amount = fc.integer({ min: 0, max: 100_000_000_000 });
  const grouped = (whole: number, mark: string) => String(whole).replaceAll(/\B(?=(\d{3})+$)/g, mark);

  test('is read as it was, in whatever style it is written with its cents', () => {
    const styles = [
      [',', '.'],
      ['.', ','],
      [' ', ','],
      ['\u00A0', '.'],
      ["'", '.'],
      ['', '.'],
      ['', ','],
    ] as const;
    const currency = fc.constantFrom(['', ''], ['KES ', ''], ['', ' KES'], ['Ksh ', ''], ['sh', '']);
    fc.assert(
      fc.property(
        amount,
        fc.constantFrom(...styles),
        currency,
        fc.boolean(),
        (minor, [group, decimal], [before, after], isPointDecimal) => {
          const text = `${before}${grouped(Math.floor(minor / 100), group)}${decimal}${String(minor % 100).padStart(2, '0')}${after}`;
          expect(readAmount(text, { ...kes, isPointDecimal })).toEqual(cents(minor));
        },
      ),
    );
  });

  test('that is whole is itself with "and no cents" behind it, however its digits are grouped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), fc.constantFrom('', ',', '.', ' '), (whole, group) => {
        expect(readAmount(`${grouped(whole, group)}/=`, unsure)).toEqual(cents(whole * 100));
      }),
    );
  });

  test('is never what its digits do not say, whatever the text', () => {
    const text = fc.string({
      unit: fc.constantFrom('0', '1', '9', '5', ',', '.', ' ', "'", '-', '/', '=', 'K', 'E', 'S', '５', '\u200E'),
    });
    fc.assert(
      fc.property(text, fc.boolean(), (written, isPointDecimal) => {
        const reading = readAmount(written, { ...kes, isPointDecimal });
        const digits = written.replaceAll('５', '5').replaceAll(/\D/g, '').replace(/^0+/, '').replace(/0+$/, '');
        const values =
          reading.kind === 'number'
            ? [reading.value]
            : reading.kind === 'ambiguous'
              ? reading.readings.map((each) => Math.round(each * 100))
              : [];
        for (const value of values) {
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
          expect(String(value).replace(/0+$/, '')).toBe(digits);
        }
        if (reading.kind === 'ambiguous') expect(values[0]).toBeLessThan(values[1] as number);
      }),
      { numRuns: 2_000 },
    );
  });
});
