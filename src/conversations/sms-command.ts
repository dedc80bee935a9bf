// Owns what a customer's text asks for: commands in English and Swahili, however they are typed.

import type { Language } from '../customers/customer.ts';
import { orderNumber } from '../orders/order-code.ts';

export const commandNames = ['status', 'cancel', 'yes', 'no', 'help', 'stop', 'start'] as const;

export type CommandName = (typeof commandNames)[number];

/** The order that a text names. `misread`: something was meant to be a code and is not one. */
export type OrderReference = { kind: 'none' } | { kind: 'number'; number: number } | { kind: 'misread'; text: string };

export interface SmsCommand {
  name: CommandName;
  /** Of the word that was typed; undefined where the text is an order's code alone. */
  language: Language | undefined;
  order: OrderReference;
}

type Word = readonly [word: string, name: CommandName, language: Language];

const vocabulary: readonly Word[] = [
  ['STATUS', 'status', 'en'],
  ['HALI', 'status', 'sw'],
  ['CANCEL', 'cancel', 'en'],
  ['GHAIRI', 'cancel', 'sw'],
  ['FUTA', 'cancel', 'sw'],
  ['YES', 'yes', 'en'],
  ['NDIYO', 'yes', 'sw'],
  ['NDIO', 'yes', 'sw'],
  ['NO', 'no', 'en'],
  ['HAPANA', 'no', 'sw'],
  ['HELP', 'help', 'en'],
  ['INFO', 'help', 'en'],
  ['MSAADA', 'help', 'sw'],
  ['STOP', 'stop', 'en'],
  ['UNSUBSCRIBE', 'stop', 'en'],
  ['SIMAMA', 'stop', 'sw'],
  ['START', 'start', 'en'],
  ['ANZA', 'start', 'sw'],
];

const exactly = new Map(vocabulary.map((word) => [word[0], word]));

/** Shorter words are too close to others to be guessed at. */
const minGuessLength = 4;
/** Words one letter away from a command that people mean as they type them. */
const notTypos = new Set([
  'SHOP',
  'SHOW',
  'STEP',
  'SLOP',
  'SNAP',
  'HALO',
  'HALF',
  'HALL',
  'HALT',
  'HELD',
  'INTO',
  'SMART',
]);

const codeLength = 8;
const maxWords = 40;

/** What a text asks for; undefined when it can't be told. */
export function parseSmsCommand(text: string): SmsCommand | undefined {
  const words = wordsOf(text);
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  const known = exactly.get(first) ?? exactly.get(words.join(''));
  if (known) return toCommand(known, known[0] === first ? rest : []);

  // A typo is only made good where the text says nothing else that could be meant: one word, and perhaps a code.
  const order = referenceIn(rest);
  const guess = guessWord(first);
  if (guess && (rest.length === 0 || (takesOrder(guess[1]) && order.kind === 'number'))) return toCommand(guess, rest);

  const together = words.join('');
  const alone = orderNumber(together);
  if (alone !== undefined) return { name: 'status', language: undefined, order: { kind: 'number', number: alone } };
  return unspaced(together);
}

/** Capitals, without accents, punctuation and whatever else is neither letter nor digit. */
function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, maxWords);
}

const takesOrder = (name: CommandName): boolean => name === 'status' || name === 'cancel' || name === 'yes';

function toCommand([, name, language]: Word, rest: readonly string[]): SmsCommand | undefined {
  const order = referenceIn(rest);
  // "Stop order YCM9SZW4" wants something else than no more SMS.
  if (name === 'stop' && order.kind !== 'none') return undefined;
  return { name, language, order: takesOrder(name) ? order : { kind: 'none' } };
}

/** `CANCELYCM9SZW4`. */
function unspaced(text: string): SmsCommand | undefined {
  const word = exactly.get(text.slice(0, -codeLength));
  const number = orderNumber(text.slice(-codeLength));
  return word && number !== undefined && takesOrder(word[1]) ? toCommand(word, [text.slice(-codeLength)]) : undefined;
}

/** The first order code in these words, in one piece or in several, such as `YCM9 SZW4`. */
function referenceIn(words: readonly string[]): OrderReference {
  for (let start = 0; start < words.length; start++) {
    let text = '';
    for (let end = start; end < words.length && text.length < codeLength; end++) {
      text += words[end];
      const number =
        text.length === codeLength && isOneText(words.slice(start, end + 1)) ? orderNumber(text) : undefined;
      if (number !== undefined) return { kind: 'number', number };
    }
  }
  const meant = words.find((word) => /^(?=.*\d)[A-Z\d]{6,10}$/.test(word));
  return meant === undefined ? { kind: 'none' } : { kind: 'misread', text: meant };
}

/** Words that a code may have been split into. Without a digit they are rather words: MY ORDERS would be a code. */
const isOneText = (words: readonly string[]): boolean =>
  words.length === 1 || words.every((word) => word.length === codeLength / 2) || words.some((word) => /\d/.test(word));

/** The command one typing error away; undefined where there is none, or more than one. */
function guessWord(typed: string): Word | undefined {
  if (typed.length < minGuessLength || notTypos.has(typed)) return undefined;
  const near = vocabulary.filter(([word]) => word.length >= minGuessLength && isOneEditAway(typed, word));
  return new Set(near.map(([, name]) => name)).size === 1 ? near[0] : undefined;
}

/** One letter more, less or other, or two neighbours swapped. */
function isOneEditAway(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const [restOfOne, restOfOther] = [one.slice(start), other.slice(start)];
  return (
    restOfOne.slice(1) === restOfOther.slice(1) ||
    restOfOne.slice(1) === restOfOther ||
    restOfOne === restOfOther.slice(1) ||
    (restOfOne.length > 1 && swapped(restOfOne) === restOfOther)
  );
}

const swapped = (text: string): string => `${text[1]}${text[0]}${text.slice(2)}`;
