// Owns numbers as people write them, amounts of money above all: what one can mean, and whether that is one thing.

import { currencyDecimals, maxPriceMajor, toMajor } from '../platform/money.ts';

/** How the numbers of a text are written. */
export interface NumberStyle {
  /** True where a lone point can only be the decimal one, as where commas separate fields; else 1.450 may be 1450 too. */
  isPointDecimal: boolean;
}

/** What amounts of a currency look like. */
export interface CurrencyStyle {
  /** The store's (ISO 4217). */
  currency: string;
  /** How many decimals an amount of it may have. */
  decimals: number;
  /** Its code, its signs and what people call it, in lower case. */
  marks: ReadonlySet<string>;
}

export type AmountStyle = CurrencyStyle & NumberStyle;

export type Reading =
  | { kind: 'number'; value: number }
  /** It can be either of two, the smaller one first. */
  | { kind: 'ambiguous'; readings: [number, number] }
  /** An amount in another currency than the store's. */
  | { kind: 'foreign'; currency: string }
  | { kind: 'none' };

/** What people write for a shilling, beside the code and the sign of the currency. */
const shillings: Record<string, string[]> = {
  KES: ['ksh', 'kshs', 'sh', 'shs', 'shillings'],
  TZS: ['tsh', 'tshs', 'sh', 'shs', 'shillings'],
  UGX: ['ush', 'ushs', 'sh', 'shs', 'shillings'],
};

/** Digits and the marks between them, with whatever stands on either side. */
const numberAndMarks = /^(?<before>\D*?)(?<body>[.,]?\d(?:[\d.,' ’]*\d)?)(?<after>\D*)$/u;

/**
 * Reads an amount into minor units: `1450`, `1,450.00`, `1.450,00`, `10,50`, `1 450`, `KES 20`, `Ksh 1,450/-`, `20/=`.
 * Not decided is what can be two amounts: `1,450` (1450, or 1.45 with a zero more) and `Kshs.50`; of `1,455` one is none.
 */
export function readAmount(text: string, style: AmountStyle): Reading {
  const { currency, decimals, isPointDecimal } = style;
  const plain = plainly(text);
  // "Shillings, and no cents": what comes before it is whole, whatever its marks.
  const hasNoCents = /\d ?\/[-=]$/.test(plain);
  const {
    before = '',
    body = '',
    after = '',
  } = numberAndMarks.exec(hasNoCents ? plain.slice(0, -2).trimEnd() : plain)?.groups ?? {};
  const [mark = '', ...more] = [before, after].map(withoutDot).filter((each) => each !== '');
  if (body === '' || more.length > 0) return { kind: 'none' };
  const meant = mark === '' ? currency : currencyOf(mark, style);
  if (meant !== currency) return meant === undefined ? { kind: 'none' } : { kind: 'foreign', currency: meant };
  // The point of an abbreviation, perhaps.
  const bodies = body.startsWith('.') && /\p{L}$/u.test(before) ? [body, body.slice(1)] : [body];
  const isPossible = (fraction: string) =>
    hasNoCents ? fraction === '' || fraction === '0'.repeat(decimals) : hasDecimals(fraction, decimals);
  return oneOf(
    bodies.flatMap((each) => readingsOf(each, isPointDecimal, decimals, isPossible)),
    decimals,
  );
}

/** Reads how many there are of a thing: `15`, `15.0`, `1 500`. */
export function readCount(text: string, { isPointDecimal }: NumberStyle): Reading {
  return oneOf(
    readingsOf(plainly(text), isPointDecimal, 0, (fraction) => hasDecimals(fraction, 0)),
    0,
  );
}

function oneOf(readings: number[], decimals: number): Reading {
  const [first, second] = [...new Set(readings)].toSorted((a, b) => a - b);
  if (first === undefined) return { kind: 'none' };
  if (second === undefined) return { kind: 'number', value: first };
  return { kind: 'ambiguous', readings: [toMajor(first, decimals), toMajor(second, decimals)] };
}

const hasDecimals = (fraction: string, decimals: number): boolean => fraction.replace(/0+$/, '').length <= decimals;

/** Full-width characters as plain ones, every kind of space as one of one kind, and nothing that can't be seen. */
const plainly = (text: string): string =>
  text
    .replaceAll(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const withoutDot = (mark: string): string => mark.trim().replace(/(?<=\p{L})\.$/u, '');

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** The currency that a code, a sign or a name stands for in a store of this one; undefined for what is none. */
export function currencyOf(mark: string, { currency, marks }: CurrencyStyle): string | undefined {
  if (marks.has(mark.toLowerCase())) return currency;
  const code = mark.toUpperCase();
  return currencies.has(code) ? code : undefined;
}

/** To be made once for many amounts: the runtime takes its time to say what the signs of a currency are. */
export function currencyStyle(currency: string): CurrencyStyle {
  const signs = (['symbol', 'narrowSymbol'] as const).flatMap((currencyDisplay) =>
    new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay })
      .formatToParts(1)
      .filter((part) => part.type === 'currency')
      .map((part) => part.value),
  );
  const marks = [currency, ...signs, ...(shillings[currency] ?? [])].map((mark) => mark.toLowerCase());
  return { currency, decimals: currencyDecimals(currency), marks: new Set(marks) };
}

/** What may group digits, and with it end the whole ones. A space and an apostrophe can only group. */
const styles = [
  [',', '\\.'],
  ['\\.', ','],
  [' ', '[.,]'],
  ["['’]", '[.,]'],
].map(([group = '', decimal]) => ({
  isPointGrouping: group === '\\.',
  // Threes, or, as in India, three at the end and twos before; or not grouped at all.
  pattern: new RegExp(
    `^(?<whole>\\d*|[1-9]\\d{0,2}(?:${group}\\d{3})+|[1-9]\\d?(?:${group}\\d{2})+${group}\\d{3})(?:${decimal}(?<fraction>\\d+))?$`,
  ),
}));

/** Everything up to the largest price that these digits and marks can stand for, with the decimals made whole. */
function readingsOf(
  body: string,
  isPointDecimal: boolean,
  decimals: number,
  isPossible: (fraction: string) => boolean,
): number[] {
  const isLonePoint = isPointDecimal && /^[^.,]*\.[^.,]*$/.test(body);
  return styles.flatMap(({ isPointGrouping, pattern }) => {
    const { whole = '', fraction = '' } = pattern.exec(body)?.groups ?? {};
    if (whole + fraction === '' || !isPossible(fraction) || (isPointGrouping && isLonePoint)) return [];
    const digits = whole.replaceAll(/\D/g, '').replace(/^0+/, '');
    const value = Number(digits + fraction.slice(0, decimals).padEnd(decimals, '0'));
    return digits.length <= 10 && value <= maxPriceMajor * 10 ** decimals ? [value] : [];
  });
}
