// Owns what a customer's text asks for: commands in English and Swahili, however they are typed.

import type { Language } from '../customers/customer.ts';
import { orderNumber } from '../orders/order-code.ts';
import { mayBeStopRequest, politeWords, readStopRequest } from './stop-request.ts';

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
  ['KUGHAIRI', 'cancel', 'sw'],
  ['FUTA', 'cancel', 'sw'],
  ['KUFUTA', 'cancel', 'sw'],
  ['YES', 'yes', 'en'],
  ['NDIYO', 'yes', 'sw'],
  ['NDIO', 'yes', 'sw'],
  ['NO', 'no', 'en'],
  ['HAPANA', 'no', 'sw'],
  ['HELP', 'help', 'en'],
  ['INFO', 'help', 'en'],
  ['MSAADA', 'help', 'sw'],
  // What else ends SMS is no word that another could be taken for.
  ['STOP', 'stop', 'en'],
  ['UNSUBSCRIBE', 'stop', 'en'],
  ['SIMAMA', 'stop', 'sw'],
  ['START', 'start', 'en'],
  ['UNSTOP', 'start', 'en'],
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

/** What people say before they say what they want; a shared short code wants its keyword first. */
const prefaces = new Set(
  (
    'AGIZO I WE ID IM WANT WISH WOULD LIKE NEED TO CAN COULD MAY WILL LET US ME MY THE IS WHAT WHATS HOW DO CHECK KNOW TELL SEE ' +
    'GET GIVE SHOW ABOUT ORDER NATAKA NINATAKA NINGEPENDA NIPE NIAMBIE NISAIDIE KUJUA'
  ).split(' '),
);
/** With one of these in front a word means the opposite. */
const negations = new Set('DONT NOT NEVER CANT CANNOT WONT DIDNT NO SITAKI USIGHAIRI USIFUTE'.split(' '));
/** Asked for in a sentence. YES and NO answer a question, and a sentence around them may be about anything. */
const isAskedFor = new Set<CommandName>(['status', 'cancel', 'help', 'start']);

/** What a text asks for; undefined when it can't be told, `unclear-stop` where it may be that there be no more SMS. */
export function parseSmsCommand(text: string): SmsCommand | 'unclear-stop' | undefined {
  const words = wordsOf(text);
  const stop = readStopRequest(words);
  if (stop) return { name: 'stop', language: stop, order: { kind: 'none' } };
  const command = parseWords(words) ?? parseRequest(words) ?? parsePlain(text);
  if (command?.order.kind === 'misread') return parsePlain(text) ?? command;
  return command ?? (mayBeStopRequest(words) ? 'unclear-stop' : undefined);
}

/** With a code that something which is no part of it stands close to: a byte gone wrong, or a letter of another script. */
function parsePlain(text: string): SmsCommand | undefined {
  const words = wordsOf(text.normalize('NFKC').replace(/[^\x20-\x7e]/g, ' '));
  const command = parseWords(words) ?? parseRequest(words);
  return command?.order.kind === 'number' ? command : undefined;
}

/** A text that begins with a command, or is a code alone. */
function parseWords(words: readonly string[]): SmsCommand | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  const together = words.join('');
  const known = exactly.get(first) ?? exactly.get(together);
  if (known) return toCommand(known, known[0] === first ? rest : []);

  // A typo is only made good where the text says nothing else that could be meant: one word, and perhaps a code.
  const order = referenceIn(rest);
  const guess = guessWord(first);
  if (guess && (rest.length === 0 || (takesOrder(guess[1]) && order.kind === 'number'))) return toCommand(guess, rest);

  const alone = orderNumber(together);
  if (alone !== undefined) return { name: 'status', language: undefined, order: { kind: 'number', number: alone } };
  return unspaced(together);
}

/** `Please cancel`, `I want to cancel`, `AGIZO STATUS`, `YCM9SZW4 status`: the command comes after something else. */
function parseRequest(words: readonly string[]): SmsCommand | undefined {
  const from = words.findIndex((word) => !prefaces.has(word) && !politeWords.has(word));
  if (from < 0 || words.some((word) => negations.has(word))) return undefined;
  const said = words.slice(from, words.findLastIndex((word) => !politeWords.has(word)) + 1);
  const command = parseWords(said);
  const isKeyword = words.slice(0, from).every((word) => word === 'AGIZO' || politeWords.has(word));
  if (command) {
    // Eight letters in a sentence are rather words than a code: SHOP OPEN would be one.
    const isWords = command.language === undefined && !/\d/.test(said.join(''));
    return isKeyword || (isAskedFor.has(command.name) && !isWords) ? command : undefined;
  }
  // One word that isn't known may be the keyword of a shop, or the code of an order.
  const known = exactly.get(said[1] ?? '');
  if (!known || !isAskedFor.has(known[1])) return undefined;
  const order = referenceIn([said[0] ?? '', ...said.slice(2)]);
  const isShort = said.length === 2 || (said.length <= 4 && order.kind !== 'none');
  return isShort ? toCommand(known, [said[0] ?? '', ...said.slice(2)]) : undefined;
}

/** Capitals, without accents, apostrophes, punctuation and whatever else is neither letter nor digit. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/[\p{M}'’‘ʼ`]/gu, '')
    .toUpperCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, maxWords);
}

const takesOrder = (name: CommandName): boolean => name === 'status' || name === 'cancel' || name === 'yes';

function toCommand([, name, language]: Word, rest: readonly string[]): SmsCommand | undefined {
  // "Stop order YCM9SZW4" wants something else than no more SMS; what does was read before.
  if (name === 'stop' && rest.length > 0) return undefined;
  const order = referenceIn(rest);
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
