// Owns the facts about reading forms, whatever bytes they hold.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseForm } from '../../src/callbacks/form.ts';

const read = (form: string) => ({ ...parseForm(Buffer.from(form, 'latin1')) });

describe('a form', () => {
  test.each<[form: string, fields: object]>([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&&b=2&', { a: '1', b: '2' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=1', { '': '1' }],
    ['a=1=2', { a: '1=2' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['text=CANCEL+CODE%20please', { text: 'CANCEL CODE please' }],
    ['text=50%25+off', { text: '50% off' }],
    ['te%78t=x', { text: 'x' }],
    ['text=Habari%20%F0%9F%98%80', { text: 'Habari 😀' }],
    ['__proto__=x&toString=y', { ['__proto__']: 'x', toString: 'y' }],
    // A % that stands for itself.
    ['text=100%', { text: '100%' }],
    ['text=100%+sure', { text: '100% sure' }],
    ['text=%zz%20CODE', { text: '%zz CODE' }],
    ['text=CANCEL%20CODE%2', { text: 'CANCEL CODE%2' }],
    ['text=%u2019%20CODE', { text: '%u2019 CODE' }],
    // Bytes that are no UTF-8, alone and among others.
    ['text=CANCEL%20CODE%FF', { text: 'CANCEL CODEÿ' }],
    ['text=Caf%E9%20CODE', { text: 'Café CODE' }],
    ['text=it%92s%20CODE', { text: 'it’s CODE' }],
    ['text=%93STOP%94', { text: '“STOP”' }],
    ['text=%80%20100', { text: '€ 100' }],
    ['text=%C3%A9%E9%C3%A9', { text: 'ééé' }],
    ['text=%F0%9F%98%20CODE', { text: 'ðŸ˜ CODE' }],
    ['text=%C0%AF', { text: 'À¯' }],
    ['text=%ED%A0%BD', { text: 'í\u00a0½' }],
    // Not encoded at all.
    ['text=Caf\xe9 CODE', { text: 'Café CODE' }],
    ['text=Caf\xc3\xa9 CODE', { text: 'Café CODE' }],
  ])('%j holds %j', (form, fields) => {
    expect(read(form)).toEqual(fields);
  });

  test('is read as the URL Standard reads it where all of it is UTF-8', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((each) => each.isWellFormed());
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 }), (fields) => {
        const form = new URLSearchParams(fields).toString();
        expect(Object.entries(parseForm(Buffer.from(form)))).toEqual(
          [...new URLSearchParams(form)].toSorted(byIntegerKeys),
        );
      }),
    );
  });

  test('of whatever bytes is read into text that can be written down', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        for (const value of Object.values(parseForm(Buffer.from(bytes))).flat())
          expect(value.isWellFormed()).toBe(true);
      }),
    );
  });
});

/** Objects list names that are whole numbers first. */
function byIntegerKeys([one]: [string, string], [other]: [string, string]): number {
  const isInteger = (name: string) => /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1;
  if (isInteger(one) && isInteger(other)) return Number(one) - Number(other);
  return Number(isInteger(other)) - Number(isInteger(one));
}
