// Owns the order code: what people say on the phone and type as a payment reference, made from the order's number.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const digits = 7;
const space = 1n << 35n;

// An odd multiplier visits every code once, and far apart: neighbours share no prefix, no order has a code of zeros.
const multiplier = 21_235_486_137n;
const offset = 11_400_714_819n;

function inverse(value: bigint): bigint {
  // Newton's iteration modulo a power of two: each step doubles the number of right bits.
  let result = value;
  for (let bits = 3; bits < 35; bits *= 2) result = (result * (2n - value * result)) % space;
  return (result + space) % space;
}

const multiplierInverse = inverse(multiplier);

/** Multiplication by x in GF(32), modulo x^5 + x^2 + 1. */
const timesX = (value: number): number => (value & 16 ? ((value << 1) ^ 0b100101) & 31 : value << 1);

/** Catches every single wrong character and every swap of two neighbours (a Reed-Solomon check over GF(32)). */
const checkCharacter = (values: number[]): string =>
  alphabet.charAt(values.reduce((check, value) => timesX(check ^ value), 0));

/** The code of an order's number (0 to 2^35 - 1): 7 characters of Crockford base 32 and a check character. */
export function orderCode(number: number): string {
  let scattered = Number((BigInt(number) * multiplier + offset) % space);
  const values: number[] = [];
  for (let digit = 0; digit < digits; digit++) {
    values.unshift(scattered % 32);
    scattered = Math.floor(scattered / 32);
  }
  return values.map((value) => alphabet.charAt(value)).join('') + checkCharacter(values);
}

/**
 * The number behind a code as people write it: any case, with spaces or dashes, O for 0, I and L for 1.
 * Undefined when it is not a code or its check character is wrong.
 */
export function orderNumber(text: string): number | undefined {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const values = Array.from(code, (character) => alphabet.indexOf(character));
  if (values.length !== digits + 1 || values.includes(-1)) return undefined;
  if (checkCharacter(values.slice(0, digits)) !== code.charAt(digits)) return undefined;
  const scattered = values.slice(0, digits).reduce((sum, value) => sum * 32 + value, 0);
  return Number(((((BigInt(scattered) - offset) * multiplierInverse) % space) + space) % space);
}
