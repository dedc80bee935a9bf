// Owns writing CSV (RFC 4180) that spreadsheets open as it is meant: UTF-8 with a byte order mark, and no cell that is taken for a formula.

export type Cell = string | number | null;

export const csvStart = '\ufeff';

/** What makes a spreadsheet compute what somebody has typed. */
const formula = /^[=+\-@\t\r]/;

/** A record with its line end. Numbers are ours, and written as they are. */
export const csvRecord = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = formula.test(value) && !isPhone.test(value) ? `'${value}` : value;
  return /[",\r\n\t]|^\s|\s$|^\+/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** In E.164 a number begins with a plus and means nothing else. */
const isPhone = /^\+\d{7,15}$/;
