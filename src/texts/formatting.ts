// Owns how amounts, dates and names are written for people.

import type { Language } from '../customers/customer.ts';
import { nameFromSubject } from '../identity/identity.ts';
import { measureSms, toGsmLetters } from '../phones/sms-text.ts';
import { currencyDecimals, toMajor } from '../platform/money.ts';

/** `KES 1,450` or `KES 19.99`: a space that GSM-7 has, and no decimals where there are none to tell. */
export function formatMoney(minor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const whole = minor % 10 ** decimals === 0;
  const amount = toMajor(minor, decimals).toLocaleString('en', {
    minimumFractionDigits: whole ? 0 : decimals,
    maximumFractionDigits: decimals,
  });
  return `${currency} ${amount}`;
}

/** Makes `14 Mar 2026`, in Swahili `14 Mac 2026`, of a time. @param timeZone IANA name, such as Africa/Nairobi */
export function createDateFormat(language: Language, timeZone: string): (time: Date) => string {
  const format = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric', timeZone });
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    return `${parts.get('day')} ${parts.get('month')} ${parts.get('year')}`;
  };
}

export const maxCallNameLength = 20;

/** Letters, and what people put between, around and behind them. */
const inNames = /^["'(]?\p{L}[\p{L}'&\-.,()" ]*$/u;
/** A dot inside a word stands behind an initial, and a bracket where a name has one: nothing else is to be tapped on or left open. */
const oddlyWritten =
  /\.(?![ ,)"]|$)(?!(?<=\b\p{L}\.)\p{L}(?:[ .,)"]|$))|,(?! )|\([^)]*(?:\(|$)|^[^(]*\)|\)[^( ]*\)|--|&&/u;
/** Before a name they are often written without the space. */
const titles = /\b(Dr|Mr|Mrs|Ms|Miss|Prof|Eng|Rev|Hon|Fr|Sr|St|Bw|Bi|Mwl|\p{Lu})\.(?=\p{Lu}\p{L})/gu;

/**
 * What an SMS calls a customer: their name as far as it fits, in letters of GSM-7, so that a name never makes a text dearer.
 * Undefined when what stands for the name is none: the subject of a token, an e-mail address, a number, a link.
 */
export function formatCallName(name: string, subject: string | undefined): string | undefined {
  if (subject !== undefined && name === nameFromSubject(subject)) return undefined;
  const letters = toGsmLetters(name).trim().replace(/\s+/g, ' ').replace(titles, '$1. ');
  if (!inNames.test(letters) || oddlyWritten.test(letters) || measureSms(letters).encoding !== 'GSM-7')
    return undefined;
  if (letters.length <= maxCallNameLength) return letters;
  const words = letters
    .slice(0, maxCallNameLength + 1)
    .split(' ')
    .slice(0, -1);
  return withoutOpenEnd(words.join(' ')) || letters.slice(0, maxCallNameLength).replace(/["(,&]/g, '');
}

/** Without a bracket or quotation that was cut in two, and what leads on to more. */
function withoutOpenEnd(text: string): string {
  const whole = text.replace(/\([^)]*$/, '');
  const quoted = whole.split('"').length % 2 === 1 ? whole : whole.slice(0, whole.lastIndexOf('"'));
  return quoted.replace(/[\s,&-]+$/, '');
}
