// Owns the facts about reading customers' texts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandName, parseSmsCommand, type SmsCommand } from '../../src/conversations/sms-command.ts';
import { orderCode } from '../../src/orders/order-code.ts';

const number = 123_456;
const code = orderCode(number);
const none = { kind: 'none' };
const named = { kind: 'number', number };

function understood(text: string): SmsCommand | undefined {
  const command = parseSmsCommand(text);
  return command === 'unclear-stop' ? undefined : command;
}

describe('a text', () => {
  test.each<[text: string, name: CommandName, language: string | undefined, order?: object]>([
    ['STATUS', 'status', 'en'],
    ['status', 'status', 'en'],
    ['  Status?! ', 'status', 'en'],
    ['S T A T U S', 'status', 'en'],
    ['“Hali”', 'status', 'sw'],
    ['Status of my order please', 'status', 'en'],
    [`STATUS ${code}`, 'status', 'en', named],
    [`hali ya agizo ${code.toLowerCase()}`, 'status', 'sw', named],
    [code, 'status', undefined, named],
    [`${code.slice(0, 4)} ${code.slice(4)}`, 'status', undefined, named],
    [`CANCEL ${code}`, 'cancel', 'en', named],
    [`cancel: ${code.slice(0, 4)}-${code.slice(4).toLowerCase()}.`, 'cancel', 'en', named],
    [`Cancel my order, it is ${code}, thank you`, 'cancel', 'en', named],
    [`CANCEL${code}`, 'cancel', 'en', named],
    [`cancle ${code}`, 'cancel', 'en', named],
    ['cancel my order please', 'cancel', 'en'],
    // Its letters are those of a code.
    ['status my orders', 'status', 'en'],
    [`ghairi ${code}`, 'cancel', 'sw', named],
    ['futa', 'cancel', 'sw'],
    ['YES', 'yes', 'en'],
    ['yes.', 'yes', 'en'],
    ['Ndiyo', 'yes', 'sw'],
    ['ndio', 'yes', 'sw'],
    ['NO', 'no', 'en'],
    ['hapana', 'no', 'sw'],
    ['Help!', 'help', 'en'],
    ['msaada', 'help', 'sw'],
    ['stop', 'stop', 'en'],
    ['STOP SENDING ME THESE', 'stop', 'en'],
    ['Símama', 'stop', 'sw'],
    ['Start', 'start', 'en'],
    ['anza', 'start', 'sw'],
    ['STAUTS', 'status', 'en'],
    ['hapna', 'no', 'sw'],
    ['stopp', 'stop', 'en'],
    ['ＳＴＡＴＵＳ', 'status', 'en'],
  ])('"%s" is understood', (text, name, language, order = none) => {
    expect(parseSmsCommand(text)).toEqual({ name, language, order });
  });

  test.each([
    '',
    '   ',
    '?!',
    '👍',
    'When will it come?',
    'Is the shop open?',
    'shop',
    'Halo',
    'shpo is open',
    'YE',
    'hlp',
    '0712345678',
    'ЖЖЖЖ',
    '\u0000',
  ])('"%s" is not', (text) => {
    expect(parseSmsCommand(text)).toBeUndefined();
  });

  test.each<[text: string, name: CommandName, language: string | undefined, order?: object]>([
    ['I want to cancel', 'cancel', 'en'],
    ['i want to cancel my order', 'cancel', 'en'],
    [`I would like to cancel order ${code}`, 'cancel', 'en', named],
    ["I'd like to cancel", 'cancel', 'en'],
    ['Please cancel', 'cancel', 'en'],
    ['Hi, kindly cancel my order. Thanks', 'cancel', 'en'],
    ['Can you cancel my order?', 'cancel', 'en'],
    ['How do I cancel?', 'cancel', 'en'],
    [`pls cancle ${code}`, 'cancel', 'en', named],
    ['Nataka kughairi', 'cancel', 'sw'],
    ['Naomba kufuta agizo langu', 'cancel', 'sw'],
    ['Tafadhali ghairi agizo', 'cancel', 'sw'],
    ['AGIZO STATUS', 'status', 'en'],
    ['agizo hali', 'status', 'sw'],
    [`AGIZO STATUS ${code}`, 'status', 'en', named],
    [`AGIZO ${code}`, 'status', undefined, named],
    [`AGIZO CANCEL ${code}`, 'cancel', 'en', named],
    ['AGIZO YES', 'yes', 'en'],
    ['AGIZO NDIYO', 'yes', 'sw'],
    ['AGIZO HAPANA', 'no', 'sw'],
    ['Agizo: help', 'help', 'en'],
    ['AGIZO START', 'start', 'en'],
    ['DUKA STATUS', 'status', 'en'],
    [`DUKA CANCEL ${code}`, 'cancel', 'en', named],
    [`${code} status`, 'status', 'en', named],
    [`${code} cancel`, 'cancel', 'en', named],
    ['Order status', 'status', 'en'],
    [`STATUS ${code}ÿ`, 'status', 'en', named],
    [`CANCEL ${code}\ufffd`, 'cancel', 'en', named],
    [`cancel é${code}é`, 'cancel', 'en', named],
    [`订单${code}`, 'status', undefined, named],
    ['What is the status of my order?', 'status', 'en'],
    ["What's my status", 'status', 'en'],
    ['status please', 'status', 'en'],
    ['stauts please', 'status', 'en'],
    ['I need help', 'help', 'en'],
    ['Can you help me?', 'help', 'en'],
    ['Naomba msaada', 'help', 'sw'],
    ['please start', 'start', 'en'],
    ['UNSTOP', 'start', 'en'],
    ['Yes please', 'yes', 'en'],
    ['No thanks', 'no', 'en'],
  ])('"%s" is a request', (text, name, language, order = none) => {
    expect(parseSmsCommand(text)).toEqual({ name, language, order });
  });

  test.each([
    ...[
      "Don't cancel",
      'please do not cancel my order',
      'I did not cancel',
      'never cancel it',
      'I cannot cancel',
      'usighairi',
    ],
    ...[
      'I want to order',
      'I do not receive messages',
      'Can I come at noon?',
      'I am at the end of the road',
      'quiet please',
    ],
    ...['Thanks', 'ok', 'Please', 'hello', 'I want to', 'AGIZO', 'The rider said yes to me', 'send it now', 'ACHE'],
  ])('"%s" is nothing that is done by itself', (text) => {
    expect(parseSmsCommand(text)).toBeUndefined();
  });

  test('a code with a wrong character is said to be wrong, not taken for another order', () => {
    const wrong = `${code.slice(0, 7)}${code.endsWith('7') ? '8' : '7'}`;
    expect(parseSmsCommand(`cancel ${wrong}`)).toMatchObject({ order: { kind: 'misread', text: wrong } });
    expect(parseSmsCommand('status 12')).toMatchObject({ order: none });
  });
});

describe('any text', () => {
  test('is read without failing, whatever it holds and whatever is around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(parseSmsCommand(` ${text} `)).toEqual(parseSmsCommand(text));
      }),
    );
  });

  const words = ['STATUS', 'CANCEL', 'GHAIRI', 'HAPANA', 'MSAADA', 'SIMAMA', 'START', 'NDIYO', 'UNSUBSCRIBE'];
  const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split(''));

  test('with one wrong, missing, extra or swapped letter in a long command still means that command', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...words),
        fc.nat(),
        letter,
        fc.constantFrom('replace', 'remove', 'insert', 'swap'),
        (word, at, other, edit) => {
          const place = at % word.length;
          const [before, after] = [word.slice(0, place), word.slice(place)];
          const typed = {
            replace: before + other + after.slice(1),
            remove: before + after.slice(1),
            insert: before + other + after,
            swap: before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2),
          }[edit];
          fc.pre(typed.length >= 4 && typed !== 'SMART');
          expect(understood(typed)?.name).toBe(understood(word)?.name);
        },
      ),
    );
  });

  test('names an order however its code is split, cased and punctuated', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 35 - 1 }),
        fc.constantFrom('STATUS', 'cancel', 'Ghairi', 'hali'),
        fc.array(fc.constantFrom('', '', '', ' ', '-', '. '), { minLength: 8, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (order, word, gaps, lower) => {
          fc.pre(/\d/.test(orderCode(order)));
          const typed = orderCode(order)
            .split('')
            .map((each, index) => (lower[index] ? each.toLowerCase() : each) + (index < 7 ? gaps[index] : ''))
            .join('');
          expect(understood(`${word} ${typed}`)?.order).toEqual({ kind: 'number', number: order });
        },
      ),
    );
  });

  test('with one wrong character in the code never names another order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 35 - 1 }),
        fc.integer({ min: 0, max: 7 }),
        fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('')),
        (order, place, other) => {
          const right = orderCode(order);
          fc.pre(right[place] !== other);
          const typed = right.slice(0, place) + other + right.slice(place + 1);
          expect(understood(`cancel ${typed}`)?.order.kind).not.toBe('number');
        },
      ),
    );
  });
});
