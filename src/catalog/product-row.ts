// Owns what a row of a product file may say, and what is wrong with one that says something else.

import { parseMoney } from '../platform/money.ts';
import { isStorable } from '../platform/text.ts';

/** The columns a product file may have; `sku` is the one it must. */
export const productColumnNames = ['sku', 'name', 'category', 'price', 'stock', 'description'] as const;

type ColumnName = (typeof productColumnNames)[number];

/** What a row says of the product with this SKU. Undefined, for want of the column: leave it as it is. */
export interface ProductRow {
  sku: string;
  name: string | undefined;
  /** Titles from the top of the tree downwards. */
  category: string[] | undefined;
  priceMinor: number | undefined;
  /** Null: not counted. */
  stock: number | null | undefined;
  description: string | undefined;
}

const maxTitle = 200;
const maxDepth = 50;
const maxDescription = 10_000;
const maxSku = 64;
const maxStock = 1_000_000_000;

/** What is wrong with the first line of a file, or undefined. Names are taken in any order and in upper or lower case. */
export function headerProblem(columns: string[]): string | undefined {
  const unknown = columns.filter((name) => !productColumnNames.includes(name as ColumnName));
  if (!columns.includes('sku')) return `must name the columns, "sku" among them; it says: ${columns.join(', ')}`;
  if (unknown.length > 0) return `has unknown columns: ${unknown.join(', ')}. Known: ${productColumnNames.join(', ')}`;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  return twice === undefined ? undefined : `names the column "${twice}" twice`;
}

/** The columns as the first line of the file names them. */
export const readHeader = (fields: string[]): string[] => fields.map((name) => name.trim().toLowerCase());

/** Reads a row. @returns every reason why it can't be one, where there are any */
export function readRow(columns: string[], fields: string[], decimals: number): ProductRow | { reasons: string[] } {
  if (fields.length !== columns.length) {
    return { reasons: [`has ${fields.length} fields where the first line names ${columns.length}`] };
  }
  const cells = new Map(columns.map((name, index) => [name, (fields[index] ?? '').trim()]));
  const reasons: string[] = [];
  const cell = <T>(name: ColumnName, read: (text: string) => T | Refusal): T | undefined => {
    const text = cells.get(name);
    if (text === undefined) return undefined;
    const value = isStorable(text) ? read(text) : new Refusal('holds a NUL character');
    if (!(value instanceof Refusal)) return value;
    reasons.push(`${name} ${value.reason}`);
    return undefined;
  };
  const row = {
    sku: cell('sku', shortText(maxSku)) ?? '',
    name: cell('name', shortText(maxTitle)),
    category: cell('category', readPath),
    priceMinor: cell('price', (text) => readPrice(text, decimals)),
    stock: cell('stock', readStock),
    description: cell('description', (text) => (text.length <= maxDescription ? text : tooLong(maxDescription))),
  };
  return reasons.length > 0 ? { reasons } : row;
}

/** Why a cell can't be read, as the end of a sentence that begins with the column. */
class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const tooLong = (max: number) => new Refusal(`has over ${max} characters`);

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

const shortText =
  (max: number) =>
  (text: string): string | Refusal =>
    text === '' ? new Refusal('is empty') : text.length > max ? tooLong(max) : text;

/** `Kitchen > Mugs`. */
function readPath(text: string): string[] | Refusal {
  const titles = text.split('>').map((title) => title.trim());
  if (titles.includes('')) return new Refusal(`${quoted(text)} is not a path such as "Kitchen > Mugs"`);
  if (titles.length > maxDepth) return new Refusal(`is over ${maxDepth} levels deep`);
  return titles.some((title) => title.length > maxTitle) ? tooLong(maxTitle) : titles;
}

function readPrice(text: string, decimals: number): number | Refusal {
  const minor = parseMoney(text, decimals);
  return minor ?? new Refusal(`${quoted(text)} is not an amount such as 1450${decimals > 0 ? ' or 19.99' : ''}`);
}

function readStock(text: string): number | null | Refusal {
  if (text === '') return null;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= maxStock) return count;
  return new Refusal(`${quoted(text)} is not a whole number up to ${maxStock}, nor empty for "not counted"`);
}
