// Owns the facts about what is taken out of texts that people write.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepVisible } from '../../src/writing/keep-visible.ts';
import { visibleText } from '../../src/writing/visible-text.ts';

describe('is taken out', () => {
  test.each([
    ['an override of direction', 'Ann\u202eevil', 'Annevil'],
    ['the other one', '\u202dAnn\u202c', 'Ann'],
    ['an embedding', '\u202aAnn\u202b\u202c', 'Ann'],
    ['isolates', '\u2066Ann\u2067\u2068\u2069', 'Ann'],
    ['marks of direction', '\u200eAnn\u200f\u061c', 'Ann'],
    ['a zero-width space', 'A\u200bnn', 'Ann'],
    ['a word joiner and invisible operators', 'A\u2060\u2061\u2062\u2063\u2064nn', 'Ann'],
    ['a byte order mark', '\ufeffAnn', 'Ann'],
    ['a soft hyphen', 'Wan\u00adjiku', 'Wanjiku'],
    ['a joiner between Latin letters', 'A\u200dn\u200cn', 'Ann'],
    ['a joiner at the beginning', '\u200dAnn', 'Ann'],
    ['joiners in a row', 'क्\u200d\u200d\u200dष', 'क्\u200dष'],
    ['a grapheme joiner', 'A\u034fnn', 'Ann'],
    ['fillers of Hangul', '\u115f\u1160\u3164\uffa0Ann', 'Ann'],
    ['vowels of Khmer without a shape', 'Ann\u17b4\u17b5', 'Ann'],
    ['a blank of Braille', 'Ann\u2800', 'Ann'],
    ['a text in tags', 'Ann\u{e0065}\u{e0076}\u{e0069}\u{e006c}\u{e007f}', 'Ann'],
    ['a text in tags behind a flag', '🏴\u{e0065}\u{e0076}\u{e0069}\u{e006c}\u{e007f}', '🏴'],
    ['variation selectors behind letters', 'A\ufe0fn\ufe00n\u{e0100}', 'Ann'],
    ['bytes hidden in variation selectors', '😀\ufe0f\u{e0101}\u{e0102}\u{e01ef}', '😀\ufe0f'],
    ['notes of interlinear text', 'A\ufff9n\ufffan\ufffb', 'Ann'],
    ['what stands for an object', '\ufffcAnn', 'Ann'],
    ['old controls', 'A\u0007n\u001b[31mn\u007f\u0080', 'An[31mn'],
    ['deprecated marks', 'A\u206a\u206fnn', 'Ann'],
    ['signs of musical notation', 'A\u{1d173}nn\u{1d17a}', 'Ann'],
  ])('%s', (_what, text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });
});

describe('stays', () => {
  test.each([
    ['plain text', 'Wanjiku, 2 mugs (KES 1,450)'],
    ['lines and tabs', 'one\ntwo\r\n\tthree'],
    ['accents', 'Crème brûlée, Mũthĩga, Ọlá'],
    ['a hard space', 'KES\u00a01,450'],
    ['Arabic', 'مرحبا بكم'],
    ['Persian with its non-joiner', 'می\u200cخواهم'],
    ['an Arabic letter joined to nothing', 'ه\u200d'],
    ['Arabic with marks and a joiner', 'ب\u064e\u200dت'],
    ['the sign of an Arabic year', '\u0601١٢٣'],
    ['Hindi with a joiner', 'क्\u200dष'],
    ['Hindi with a non-joiner', 'क्\u200cष'],
    ['Sinhala', 'ශ්\u200dරී'],
    ['Malayalam', 'ന്\u200d'],
    ['Bengali', 'র\u200d্য'],
    ['Amharic', 'አበበ'],
    ['a family', '👨\u200d👩\u200d👧\u200d👦'],
    ['a flag of a rainbow', '🏳️\u200d🌈'],
    ['a person of a skin and a trade', '👩🏽\u200d🚀'],
    ['a heart in red', '❤\ufe0f'],
    ['a telephone in black and white', '☎\ufe0e'],
    ['a keycap', '1\ufe0f⃣'],
    ['a flag of a country', '🇰🇪'],
    ['the flag of Scotland', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['a variant of an ideograph', '葛\u{e0100}'],
    ['Mongolian with its separator', 'ᠮᠣᠩᠭᠣᠯ\u180e'],
  ])('%s', (_what, text) => {
    expect(visibleText(text)).toBe(text);
  });
});

test('letters are composed, so that what looks the same is the same', () => {
  expect(visibleText('Cre\u0300me')).toBe('Crème');
  expect(visibleText('Mu\u0303thi\u0303ga')).toBe('Mũthĩga');
  expect(visibleText('\u1112\u1161\u11ab')).toBe('한');
});

test('taking out once is enough, and leaves nothing that can turn a text around or hide in it', () => {
  const sneaky = fc.constantFrom(
    ...Array.from('aé عक्👩😀1葛\n'),
    '\u200d',
    '\u200c',
    '\u202e',
    '\ufe0f',
    '\u{e0041}',
    '\u{e007f}',
    '🏴',
    '\u200b',
    '\u00ad',
  );
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: sneaky, maxLength: 40 }));
  fc.assert(
    fc.property(
      text.filter((each) => each.isWellFormed()),
      (each) => {
        const once = visibleText(each);
        expect(once).not.toMatch(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]/);
        expect(once.isWellFormed()).toBe(true);
        expect(visibleText(once)).toBe(once);
      },
    ),
  );
});

describe('in a document', () => {
  test('each text is as it is seen, at whatever depth, and nothing else changes', () => {
    const body = { a: 'A\u200bnn', b: [1, null, true, { c: '\u202eevil' }], d: '', e: ' ' };
    expect(keepVisible(body)).toEqual({ a: 'Ann', b: [1, null, true, { c: 'evil' }], d: '', e: ' ' });
    expect(keepVisible('A\u200bnn')).toBe('Ann');
    expect(keepVisible(null)).toBeNull();
  });

  test.each(['\u200b', ' \u202e ', '\ufeff\u00ad', '\u2800', '\u3164', '\u{e0041}', '\u0007'])(
    'a text of %j alone is refused where it stands',
    (text) => {
      expect(() => keepVisible({ items: [{ 'na/me': text }] })).toThrow(
        expect.objectContaining({ errors: [{ pointer: '/items/0/na~1me', detail: 'holds nothing that can be seen' }] }),
      );
    },
  );

  test('one that is nested very deep is no trouble', () => {
    let body: unknown = 'A\u200bnn';
    for (let depth = 0; depth < 5_000; depth++) body = [body];
    expect(() => keepVisible(body)).not.toThrow();
  });
});
