// Owns what a row of a product file may say, and what is wrong with one that says something else.

import { type AmountStyle, type NumberStyle, type Reading, readAmount, readCount } from '../files/amount.ts';
import { cutText, isStorable } from '../platform/text.ts';
import { visibleText } from '../writing/visible-text.ts';
import type { ProductColumn } from './product-columns.ts';

/** What a row says of the product with this SKU. Undefined, for want of the column: leave it as it is. */
export interface ProductRow {
  sku: string;
  name: string | undefined;
  /** Titles from the top of the tree downwards. */
  category: string[] | undefined;
  priceMinor: number | undefined;
  /** Null: not counted. */
  stock: number | null | undefined;
  /** The stock that whoever wrote the row had seen: with another than that, the row is not about today's. */
  stockWas?: number | null | undefined;
  description: string | undefined;
}

const maxTitle = 200;
const maxDepth = 50;
const maxDescription = 10_000;
const maxSku = 64;
const maxStock = 1_000_000_000;
/** Enough to find the cell again. */
const maxShownValue = 100;

/** Why a row, or a cell of it, can't be taken. */
export interface Reason {
  /** Undefined: the row as a whole. */
  column?: ProductColumn;
  /** What stands there. */
  value?: string;
  /** The end of a sentence that begins with the column. */
  detail: string;
}

export const sayReason = ({ column, detail }: Reason): string =>
  column === undefined ? detail : `${column} ${detail}`;

/** True for a row of nothing but delimiters, as spreadsheets leave them below a table. */
export const isBlank = (fields: string[]): boolean => fields.every((field) => field.trim() === '');

/** Reads a row. @returns every reason why it can't be one, where there are any */
export function readRow(
  columns: readonly ProductColumn[],
  fields: string[],
  style: AmountStyle,
): ProductRow | { reasons: Reason[] } {
  if (fields.length < columns.length || !isBlank(fields.slice(columns.length))) {
    return { reasons: [{ detail: `has ${fields.length} fields where the first line names ${columns.length}` }] };
  }
  const cells = new Map(columns.map((name, index) => [name, bare(visibleCell(fields[index] ?? ''))]));
  const reasons: Reason[] = [];
  const cell = <T>(name: ProductColumn, read: (text: string) => T | Refusal): T | undefined => {
    const text = cells.get(name);
    if (text === undefined) return undefined;
    const value = isStorable(text) ? read(text) : new Refusal('holds a NUL character');
    if (!(value instanceof Refusal)) return value;
    reasons.push({ column: name, value: cutText(text, maxShownValue), detail: value.reason });
    return undefined;
  };
  const row = {
    sku: cell('sku', readSku) ?? '',
    name: cell('name', shortText(maxTitle)),
    category: cell('category', readPath),
    priceMinor: cell('price', (text) => readPrice(text, style)),
    stock: cell('stock', (text) => readStock(text, style)),
    stockWas: cell('stock_was', (text) => readStock(text, style)),
    description: cell('description', (text) => (text.length <= maxDescription ? text : tooLong(maxDescription))),
  };
  return reasons.length > 0 ? { reasons } : row;
}

/** As it is seen; what can't be stored is refused later. */
const visibleCell = (field: string): string => (isStorable(field) ? visibleText(field) : field);

/**
 * A cell without what only keeps a spreadsheet from changing it: `="0012"`, and the apostrophe before what would be a formula.
 */
const bare = (field: string): string =>
  field
    .trim()
    .replace(/^="(.*)"$/s, '$1')
    .replace(/^'(?=[=+@-])/, '');

/** Why a cell can't be read, as the end of a sentence that begins with the column. */
class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const tooLong = (max: number) => new Refusal(`has over ${max} characters`);

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${cutText(text, 40)}…` : text);

const shortText =
  (max: number) =>
  (text: string): string | Refusal =>
    text === '' ? new Refusal('is empty') : text.length > max ? tooLong(max) : text;

/** A long number that a spreadsheet shows as 6.16E+12 has lost its last digits, and may be that of several products. */
const readSku = (text: string): string | Refusal =>
  /^\d[.,]\d+E\+\d{1,3}$/i.test(text)
    ? new Refusal(
        `${quoted(text)} is a number that a spreadsheet has shortened: make the column text, and type it again`,
      )
    : shortText(maxSku)(text);

/** `Kitchen > Mugs`. */
function readPath(text: string): string[] | Refusal {
  const titles = text.split('>').map((title) => title.trim());
  if (titles.includes('')) return new Refusal(`${quoted(text)} is not a path such as "Kitchen > Mugs"`);
  if (titles.length > maxDepth) return new Refusal(`is over ${maxDepth} levels deep`);
  return titles.some((title) => title.length > maxTitle) ? tooLong(maxTitle) : titles;
}

const readPrice = (text: string, style: AmountStyle): number | Refusal =>
  certain(
    text,
    readAmount(text, style),
    `is not an amount such as 1450${style.decimals > 0 ? ' or 19.99' : ''}`,
    (reading) => (style.decimals > 0 ? reading.toFixed(style.decimals) : String(reading)),
    style.currency,
  );

function readStock(text: string, style: NumberStyle): number | null | Refusal {
  if (text === '') return null;
  const reading = readCount(text, style);
  const isTooMany = reading.kind === 'number' && reading.value > maxStock;
  return certain(
    text,
    isTooMany ? { kind: 'none' } : reading,
    `is not a whole number up to ${maxStock}, nor empty for "not counted"`,
    String,
  );
}

/** The number that is meant, where that is one. @param otherwise what to say of a text that is none */
function certain(
  text: string,
  reading: Reading,
  otherwise: string,
  show: (reading: number) => string,
  currency = '',
): number | Refusal {
  if (reading.kind === 'number') return reading.value;
  if (reading.kind === 'foreign') {
    return new Refusal(`${quoted(text)} is in ${reading.currency}, and the currency of the store is ${currency}`);
  }
  if (reading.kind === 'none') return new Refusal(`${quoted(text)} ${otherwise}`);
  const [one, other] = reading.readings;
  return new Refusal(`${quoted(text)} can be ${one} or ${other}: write ${show(one)} or ${show(other)}`);
}
