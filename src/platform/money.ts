// Owns money: integers in minor units inside, decimal numbers in major units on the wire, never a float in between.

/** How many decimals a currency has: 2 for KES, 0 for UGX, 3 for KWD (ISO 4217, as the runtime's Intl knows it). */
export function currencyDecimals(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** The largest amount accepted for one price, in major units. */
export const maxPriceMajor = 1_000_000_000;

/**
 * Reads an amount in major units (19.99 or "19.99") into minor units (1999).
 * Returns undefined for anything negative, too large, not a plain decimal or with more decimals than the currency has.
 */
export function parseMoney(input: number | string, decimals: number): number | undefined {
  // A JSON number prints as its shortest decimal, so the text holds exactly what the caller wrote.
  const text = String(input);
  const match = /^(\d{1,10})(?:\.(\d+))?$/.exec(text);
  if (!match) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) return undefined;
  const minor = Number(match[1] + fraction.padEnd(decimals, '0'));
  return minor <= maxPriceMajor * 10 ** decimals ? minor : undefined;
}

/** Minor units (145000) to the JSON number in major units (1450). The quotient is the double nearest the decimal. */
export const toMajor = (minor: number, decimals: number): number => minor / 10 ** decimals;
