// Owns the first line of a product file: which column is which, by the names that people give them.

import { type CurrencyStyle, currencyOf } from '../files/amount.ts';

/** The columns a product file may have; `sku` is the one it must. */
const productColumnNames = ['sku', 'name', 'category', 'price', 'stock', 'stock_was', 'description'] as const;

export type ProductColumn = (typeof productColumnNames)[number];

/** What else people call them, in English and in Swahili. */
const otherNames: Record<ProductColumn, string[]> = {
  sku: ['code', 'sku code', 'item code', 'product code'],
  name: ['product', 'product name', 'item', 'item name', 'title', 'jina', 'bidhaa'],
  category: ['categories', 'product category', 'aina'],
  price: ['unit price', 'selling price', 'bei'],
  stock: ['qty', 'quantity', 'in stock', 'on hand', 'stock quantity', 'idadi'],
  stock_was: ['stock was'],
  description: ['details', 'product description', 'maelezo'],
};

const columnsByName = new Map<string, ProductColumn>(
  productColumnNames.flatMap((column) => [column, ...otherNames[column]].map((name) => [name, column] as const)),
);

/**
 * The columns in the order of the file; names in upper or lower case, with spaces, dashes or underscores, and something in brackets or a
 * currency behind them, as in "Unit Price (KES)". Columns without a name at the end are not there.
 */
export function readHeader(fields: string[], style: CurrencyStyle): ProductColumn[] | { problem: string } {
  const named = fields.slice(0, fields.findLastIndex((field) => field.trim() !== '') + 1);
  const found = named.map((field) => readColumn(field, style));
  const foreign = found.find((each) => typeof each !== 'string' && 'currency' in each);
  if (foreign && typeof foreign !== 'string') {
    return { problem: `has prices in ${foreign.currency}, and the currency of the store is ${style.currency}` };
  }
  const columns = found.filter((each) => typeof each === 'string');
  if (!columns.includes('sku')) {
    return {
      problem: `must name the columns, "sku" among them; it says: ${named.map((field) => field.trim()).join(', ')}`,
    };
  }
  const unknown = named
    .filter((_, index) => typeof found[index] !== 'string')
    .map((field) => field.trim() || '(no name)');
  if (unknown.length > 0) {
    return { problem: `has unknown columns: ${unknown.join(', ')}. Known: ${productColumnNames.join(', ')}` };
  }
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) return { problem: `names the column "${twice}" twice` };
  if (columns.includes('stock_was') && !columns.includes('stock'))
    return { problem: 'names "stock_was" without "stock"' };
  return columns;
}

function readColumn(field: string, style: CurrencyStyle): ProductColumn | { currency?: string } {
  const [, bare = '', bracketed = ''] = /^([^([]*)(?:[([]([^)\]]*)[)\]])?\s*$/.exec(field.toLowerCase()) ?? [];
  const words = bare.split(/[\s_-]+/).filter((word) => word !== '');
  const whole = words.join(' ');
  const known = columnsByName.get(words.join('_')) ?? columnsByName.get(whole);
  const last = words.at(-1) ?? '';
  const column = known ?? columnsByName.get(words.slice(0, -1).join(' '));
  if (column !== 'price') return known ?? {};
  const mark = known ? bracketed.trim() : last;
  const meant = mark === '' ? style.currency : currencyOf(mark, style);
  if (meant === style.currency || (meant === undefined && known)) return 'price';
  return meant === undefined ? {} : { currency: meant };
}
