// Owns a CSV file of products as its rows: each once, and with what is wrong with it where it isn't one.

import { currencyStyle } from '../files/amount.ts';
import { CsvError, readCsv } from '../files/csv.ts';
import type { NumberedRow } from './import-products.ts';
import { type ProductColumn, readHeader } from './product-columns.ts';
import { isBlank, type Reason, readRow } from './product-row.ts';

export interface ProductFile {
  bytes: AsyncIterable<Uint8Array>;
  /** Undefined: UTF-8, or what its byte order mark says. */
  encoding: string | undefined;
}

/** A row, or why the line of a file isn't one. */
export type FileRow = NumberedRow | { line: number; reasons: Reason[] };

/** So that the SKUs met so far fit into memory: some 100 bytes each. */
const maxRows = 1_000_000;

/**
 * The rows of a file; blank ones are left out, and a SKU that comes again is refused.
 * @param currency the store's: prices are in it
 * @throws CsvError when the file can't be read, or read on
 */
export async function* readProductFile(file: ProductFile, currency: string): AsyncGenerator<FileRow> {
  const lineOf = new Map<string, number>();
  const style = currencyStyle(currency);
  let columns: ProductColumn[] | undefined;
  for await (const { line, fields, delimiter } of readCsv(file.bytes, file.encoding)) {
    if (isBlank(fields)) continue;
    if (!columns) {
      const header = readHeader(fields, style);
      if ('problem' in header) throw new CsvError(line, header.problem);
      columns = header;
      continue;
    }
    const row = readRow(columns, fields, { ...style, isPointDecimal: delimiter === ',' });
    const before = 'sku' in row ? lineOf.get(row.sku) : undefined;
    if (!('sku' in row)) yield { line, reasons: row.reasons };
    else if (before !== undefined)
      yield {
        line,
        reasons: [{ column: 'sku', value: row.sku, detail: `"${row.sku}" is that of line ${before} too` }],
      };
    else {
      if (lineOf.size === maxRows) throw new CsvError(line, `is past the ${maxRows} rows that one file may have`);
      lineOf.set(row.sku, line);
      yield { line, row };
    }
  }
  if (!columns) throw new CsvError(1, 'must name the columns: the file is empty');
}
