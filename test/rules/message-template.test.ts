// Owns the facts about the texts of SMS: what they say at most, what may be put into them, and how it is written.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { languages, newCustomer } from '../../src/customers/customer.ts';
import { maxTotalMinor, type Order, orderStatuses } from '../../src/orders/order.ts';
import { measureSms } from '../../src/phones/sms-text.ts';
import { createDateFormat, formatCallName, formatMoney, maxCallNameLength } from '../../src/texts/formatting.ts';
import { createWording } from '../../src/texts/order-wording.ts';
import {
  builtInTexts,
  fillTemplate,
  placeholders,
  previewTemplate,
  templateErrors,
  templateKinds,
} from '../../src/texts/template.ts';

const everyText = templateKinds.flatMap((kind) => languages.map((language) => ({ kind, language })));

const wording = createWording([], { defaultLanguage: 'en', timeZone: 'Africa/Nairobi', onUnusable: () => undefined });

function orderOf(name: string, totalMinor = 145_000): Order {
  const createdAt = new Date('2026-02-14T12:15:00Z');
  return {
    id: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11',
    number: 7,
    status: 'pending',
    version: 1,
    currency: 'KES',
    totalMinor,
    customer: { id: '', userId: '', name, email: '', phoneNumber: '+254712345678', address: '' },
    createdAt,
    updatedAt: createdAt,
    lines: [],
  };
}

describe('the built-in texts', () => {
  test.each(everyText)(
    '$kind in $language can be used, and fits one segment whatever is put in',
    ({ kind, language }) => {
      const text = builtInTexts[kind][language];
      expect(templateErrors(text)).toEqual([]);
      expect(previewTemplate(text, language, 'KES').longest).toMatchObject({ encoding: 'GSM-7', segments: 1 });
    },
  );

  test('fit one segment for any name and total there can be', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom('W', 'ũ', ' ', "'", '.'), maxLength: 200 }),
    );
    const total = fc.integer({ min: 0, max: maxTotalMinor });
    fc.assert(
      fc.property(
        name,
        total,
        fc.constantFrom(...orderStatuses),
        fc.constantFrom(...languages),
        (given, minor, status, language) => {
          const profile = { name: 'x', email: '' };
          const identity = { userId: '', issuer: '', subject: 'auth0|1' };
          const customer = { ...newCustomer(identity, profile, '', new Date()), language };
          const text = wording.textOf(orderOf(given, minor), status, customer);
          expect(measureSms(text)).toMatchObject({ encoding: 'GSM-7', segments: 1 });
          expect(text).not.toMatch(/[{}]/);
        },
      ),
    );
  });
});

describe('a text by staff', () => {
  test('takes every placeholder, and is filled with its value', () => {
    const values = { code: 'YCM9SZW4', total: 'KES 1,450', name: 'Wanjiku', date: '14 Feb 2026' };
    const part = fc.oneof(
      fc.constantFrom(...placeholders.map((name) => `{${name}}`)),
      fc.string({ unit: fc.constantFrom('a', ' ', 'é', ',', '$&', '\n') }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = ['{code}', ...parts].join('');
        fc.pre(measureSms(text).segments < 3);
        expect(templateErrors(text)).toEqual([]);
        const expected = Object.entries(values).reduce(
          (filled, [name, value]) => filled.split(`{${name}}`).join(value),
          text,
        );
        expect(fillTemplate(text, values)).toBe(expected);
      }),
    );
  });

  test.each<[text: string, details: RegExp[]]>([
    ['Order {kode} is here', [/\{kode\} is not a placeholder; there are \{code\}, \{total\}/, /\{code\} is missing/]],
    ['Your order is here', [/\{code\} is missing/]],
    ['Order {code} {}', [/\{\} is not a placeholder/]],
    ['Order {code} }', [/a \{ or \}/]],
    ['Order {{code}}', [/a \{ or \}/]],
    ['Order { code }', [/\{ code \} is not/, /\{code\} is missing/]],
    ['Order {code}\u0007', [/control character/]],
    [`{code} ${'a'.repeat(620)}`, [/5 segments; 4 is the most/]],
    [`{code} ${'ũ'.repeat(300)}`, [/5 segments; 4 is the most/]],
    [`{code} ${'{name}'.repeat(60)}`, [/8 segments; 4 is the most/]],
  ])('%#: %.30s is refused with all that is wrong', (text, details) => {
    const errors = templateErrors(text);
    expect(errors.map((error) => error.pointer)).toEqual(details.map(() => '/text'));
    for (const [index, detail] of details.entries()) expect(errors[index]?.detail).toMatch(detail);
  });

  test('from a version that knew more placeholders gives way to the built-in one, and somebody is told', () => {
    const told: string[] = [];
    const updated = { updatedBy: '', updatedAt: new Date() };
    const edits = [
      { kind: 'order-pending', language: 'en' as const, text: 'Pay {till}: {code}', ...updated },
      { kind: 'order-confirmed', language: 'en' as const, text: 'Sawa: {code}', ...updated },
    ];
    const used = createWording(edits, {
      defaultLanguage: 'en',
      timeZone: 'Africa/Nairobi',
      onUnusable: (template) => told.push(template),
    });
    expect(used.textOf(orderOf('Ann'), 'pending', undefined)).toMatch(/^Dear Ann, we have your order/);
    expect(used.textOf(orderOf('Ann'), 'confirmed', undefined)).toMatch(/^Sawa: [0-9A-Z]{8}$/);
    expect(told).toEqual(['order-pending/en']);
  });
});

test.each([
  [145_000, 'KES', 'KES 1,450'],
  [145_050, 'KES', 'KES 1,450.50'],
  [0, 'KES', 'KES 0'],
  [1_450, 'UGX', 'UGX 1,450'],
  [maxTotalMinor - 1, 'KES', 'KES 8,999,999,999,999.99'],
])('%i minor units of %s are written %s', (minor, currency, text) => {
  expect(formatMoney(minor, currency)).toBe(text);
});

test('dates are those of the shop, with the names of the language', () => {
  const late = new Date('2026-02-28T22:30:00Z');
  expect(createDateFormat('en', 'Africa/Nairobi')(late)).toBe('1 Mar 2026');
  expect(createDateFormat('sw', 'Africa/Nairobi')(late)).toBe('1 Mac 2026');
  expect(createDateFormat('en', 'UTC')(late)).toBe('28 Feb 2026');
});

describe('what an SMS calls a customer', () => {
  test.each([
    ['Wanjiku Kamau', 'Wanjiku Kamau'],
    ['  Wanjirũ   Kamau ', 'Wanjiru Kamau'],
    ['Ng’ang’a J.', "Ng'ang'a J."],
    ['Maximilian Featherstonehaugh', 'Maximilian'],
    ['Wolfeschlegelsteinhausenbergerdorff', 'Wolfeschlegelsteinha'],
    ['Jean-Baptiste Mutua', 'Jean-Baptiste Mutua'],
    ['Jean–Baptiste Mutua', 'Jean-Baptiste Mutua'],
    ['J.K. Mwangi', 'J.K. Mwangi'],
    ['J. K. Mwangi', 'J. K. Mwangi'],
    ['J.K.Mwangi', 'J.K. Mwangi'],
    ['J.K', 'J.K'],
    ['Mwangi J.K.', 'Mwangi J.K.'],
    ['Otieno, J.', 'Otieno, J.'],
    ['Dr. Achieng', 'Dr. Achieng'],
    ['Dr.Achieng', 'Dr. Achieng'],
    ['Kamau Jr.', 'Kamau Jr.'],
    ['Otieno & Sons', 'Otieno & Sons'],
    ['Otieno&Sons', 'Otieno&Sons'],
    ['Otieno & Sons Hardware Ltd', 'Otieno & Sons'],
    ['Maximilian Otieno & Sons', 'Maximilian Otieno'],
    ['Akinyi (Mama Junior)', 'Akinyi (Mama Junior)'],
    ['Akinyi Atieno (Mama Junior)', 'Akinyi Atieno'],
    ['Akinyi “Nyako” Atieno', 'Akinyi "Nyako"'],
    ['"Jonte" Kamau', '"Jonte" Kamau'],
    ["John 'Jonte' Kamau", "John 'Jonte' Kamau"],
    ['Ɗan Ƙasa', 'Dan Kasa'],
    ['Ɓala Ƴar’adua', "Bala Yar'adua"],
    ['Ŋela Ɔkɔ', 'Ngela Oko'],
    ['Łukasz Đorđe', 'Lukasz Dorde'],
    ['Ọlá Adébísí', 'Ola Adébisi'],
    ["N'Golo Kanté", "N'Golo Kanté"],
    ["d'Souza", "d'Souza"],
    ['Abd al-Rahman', 'Abd al-Rahman'],
    ['José', 'José'],
    ['wanjiku', 'wanjiku'],
    ['A', 'A'],
  ])('%j is called %j', (name, called) => {
    expect(formatCallName(name, 'auth0|1')).toBe(called);
  });

  test.each([
    'ann@example.com',
    'auth0|67af1e32',
    '+254712345678',
    'evil.com',
    'bit.ly/x',
    'www.evil.com',
    'a@b.c',
    't.me',
    'a.co',
    'Evil.Com',
    'e.v.il',
    'Ann evil.com',
    'Ann (evil.com)',
    'Ann.(evil)com',
    'J.K.mwangi',
    'http://evil',
    'https:evil',
    'Ann..com',
    'Ann.-com',
    'Otieno (Sons',
    'Otieno) Sons',
    'Ann,evil',
    '& Sons',
    '...',
    '0712345678',
    '07 12 34',
    'Ann 2',
    'Ann_evil',
    'Ann/evil',
    'Ann\\evil',
    'Ann #1',
    'Ann 👍',
    'Анна',
    'Win 1000',
    'አበበ',
    '',
    '{code}',
  ])('%j is no name', (name) => {
    expect(formatCallName(name, 'auth0|1')).toBeUndefined();
  });

  test('the subject of a token is no name', () => {
    expect(formatCallName('wanjiku', 'wanjiku')).toBeUndefined();
  });

  const likeNames = fc.string({ unit: fc.constantFrom(...Array.from('aAbB.&()\'" -,ɗ')), maxLength: 40 });

  test('nothing longer, nothing that makes a text dearer, nothing to tap on', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), likeNames), (name) => {
        const called = formatCallName(name, undefined);
        if (called === undefined) return;
        expect(called.length).toBeLessThanOrEqual(maxCallNameLength);
        expect(measureSms(called).encoding).toBe('GSM-7');
        expect(called).not.toMatch(/\d|[/@:{}]|\.\p{L}\p{L}/u);
      }),
    );
  });
});
