// Owns the facts about files of products as people save them: names of columns, cells, and rows that are none.

import { expect, test } from 'vitest';
import { readProductFile } from '../../src/imports/product-file.ts';
import { sayReason } from '../../src/imports/product-row.ts';

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** What a file says: rows, and a sentence for each that is none. */
async function read(lines: string[], currency = 'KES'): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of readProductFile({ bytes: bytesOf(lines.join('\n')), encoding: undefined }, currency)) {
    found.push(
      'row' in each
        ? JSON.parse(JSON.stringify(each.row))
        : `line ${each.line}: ${each.reasons.map(sayReason).join('; ')}`,
    );
  }
  return found;
}

test.each([
  ['SKU;Name;Category;Price', {}],
  ['"sku" ; "Product Name" ; Categories ; "Unit Price (KES)"', {}],
  ['Item code\tTITLE\tProduct category\tPrice KES', {}],
  ['product_code|item-name|category|selling_price [Ksh]', {}],
  ['code,jina,aina,bei', {}],
  ['sku,name (English),category,"Price (incl. VAT)",,,', {}],
])('columns are known by the names that people give them: %s', async (header) => {
  const mark = [';', '\t', '|', ','].find((each) => header.includes(each)) as string;
  expect(await read([header, ['A1', 'Mug', 'Kitchen', '120'].join(mark)])).toEqual([
    { sku: 'A1', name: 'Mug', category: ['Kitchen'], priceMinor: 12_000 },
  ]);
});

test.each([
  ['sku,Price (USD)', 'KES', 'has prices in USD, and the currency of the store is KES'],
  ['sku,price kes', 'UGX', 'has prices in KES, and the currency of the store is UGX'],
  ['sku,,price', 'KES', 'has unknown columns: (no name). Known: sku, name'],
  ['sku,price colour', 'KES', 'has unknown columns: price colour. Known: sku, name'],
  ['sku,qty,In stock', 'KES', 'names the column "stock" twice'],
  ['sku,stock_was', 'KES', 'names "stock_was" without "stock"'],
  [';;;', 'KES', 'must name the columns: the file is empty'],
  ['', 'KES', 'must name the columns: the file is empty'],
  ['sep=;', 'KES', 'must name the columns: the file is empty'],
])('a first line %j in %s is refused', async (header, currency, message) => {
  await expect(read([header], currency)).rejects.toMatchObject({ line: 1, message: expect.stringContaining(message) });
});

test('rows of delimiters alone, and cells beyond the last column, are not there', async () => {
  expect(await read([',,', 'sku,stock,', ',', 'A,1,', ',,,,', '"","",""', 'B,2,,,', ',,'])).toEqual([
    { sku: 'A', stock: 1 },
    { sku: 'B', stock: 2 },
  ]);
  expect(await read(['sku,stock', 'A,1,,x', 'B'])).toEqual([
    'line 2: has 4 fields where the first line names 2',
    'line 3: has 1 fields where the first line names 2',
  ]);
});

test.each([
  ['"1,450.00"', 145_000],
  ['KES 20', 2_000],
  ['20/=', 2_000],
  ['"Ksh 1,450/-"', 145_000],
  ['1.450', 145],
])('a price %s between commas', async (price, minor) => {
  expect(await read(['sku,price', `A,${price}`])).toEqual([{ sku: 'A', priceMinor: minor }]);
});

test.each([
  ['sep=;\nsku;price', '10,50', 1_050],
  ['sku;price', '10,50', 1_050],
  ['sku\tprice', '10,50', 1_050],
  ['sku;price', '1.450,00', 145_000],
])('in %j a price %s', async (header, price, minor) => {
  const mark = header.includes('\t') ? '\t' : ';';
  expect(await read([header, `A${mark}${price}`])).toEqual([{ sku: 'A', priceMinor: minor }]);
});

test.each([
  ['sku,price', 'A,"1,450"', 'price "1,450" can be 1.45 or 1450: write 1.45 or 1450.00'],
  ['sku;price', 'A;1.450', 'price "1.450" can be 1.45 or 1450: write 1.45 or 1450.00'],
  ['sku;price', 'A;USD 20', 'price "USD 20" is in USD, and the currency of the store is KES'],
  ['sku,price', 'A,-5', 'price "-5" is not an amount such as 1450 or 19.99'],
  ['sku,stock', 'A,"1,000"', 'stock "1,000" can be 1 or 1000: write 1 or 1000'],
  ['sku,stock', 'A,15.5', 'stock "15.5" is not a whole number up to 1000000000, nor empty for "not counted"'],
  ['sku,stock', '6.16101E+12,1', 'sku "6.16101E+12" is a number that a spreadsheet has shortened'],
])('%s / %s is refused', async (header, row, message) => {
  expect(await read([header, row])).toEqual([expect.stringContaining(`line 2: ${message}`)]);
});

test('what only keeps a spreadsheet from changing a cell is not part of it', async () => {
  const rows = ['="0012",Inch pipe 2",15.0', "'+254 tea,'=x,", "O'Neill,'quoted',3"];
  expect(await read(['sku,name,stock', ...rows])).toEqual([
    { sku: '0012', name: 'Inch pipe 2"', stock: 15 },
    { sku: '+254 tea', name: '=x', stock: null },
    { sku: "O'Neill", name: "'quoted'", stock: 3 },
  ]);
});

test('what can’t be seen is not part of a cell, and a name of nothing else is none', async () => {
  const rows = ['\u200bA\u202e,Mug\ufeff,\u20662\u2069', 'B,\u200b,1', 'C,Cre\u0300me,1'];
  expect(await read(['sku,name,stock', ...rows])).toEqual([
    { sku: 'A', name: 'Mug', stock: 2 },
    expect.stringMatching(/^line 3: name/),
    { sku: 'C', name: 'Crème', stock: 1 },
  ]);
});

test('a SKU that comes again is refused with the line where it was', async () => {
  expect(await read(['sku,stock', 'A,1', ',,', 'A,2', ' A ,3', 'a,4'])).toEqual([
    { sku: 'A', stock: 1 },
    'line 4: sku "A" is that of line 2 too',
    'line 5: sku "A" is that of line 2 too',
    { sku: 'a', stock: 4 },
  ]);
});
