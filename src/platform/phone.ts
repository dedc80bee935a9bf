// Owns phone numbers: what people type becomes E.164, and what logs may show of it.

import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { invalidRequest, Problem } from './problem.ts';

// Spaces of any kind and the punctuation people group digits with.
const grouping = /[\s().\-‐‑‒–/]/g;
const maxInputLength = 40;
const e164 = /^\+[1-9]\d{6,14}$/;

/**
 * Reads a phone number as a person writes it into E.164 (ITU-T E.164: `+`, country code, at most 15 digits). An
 * international number is taken as it stands, since numbering plans change faster than libraries; a local one must
 * be valid in `defaultRegion` (ISO 3166, such as KE). Returns undefined for anything else.
 */
export function parsePhone(input: string, defaultRegion: string): string | undefined {
  if (input.length > maxInputLength) return undefined;
  const text = input.replace(grouping, '');
  if (text.startsWith('+')) return e164.test(text) ? text : undefined;
  if (!/^\d{4,17}$/.test(text)) return undefined;
  const local = parsePhoneNumberFromString(text, { defaultCountry: countryOf(defaultRegion), extract: false });
  if (local?.isValid()) return local.number;
  // 00 is how most of the world dials `+`; the region's own prefix for it, where different, was tried above.
  return text.startsWith('00') ? parsePhone(`+${text.slice(2)}`, defaultRegion) : undefined;
}

/** As {@link parsePhone}. @param pointer to the field, for the refusal @throws Problem invalid-request */
export function readPhone(input: string, defaultRegion: string, pointer: string): string {
  const phone = parsePhone(input, defaultRegion);
  if (phone !== undefined) return phone;
  throw notAPhone(pointer, 'must be E.164 (+ and 7 to 15 digits) or a local number');
}

/** As {@link phonePrefix}. @throws Problem invalid-request */
export function readPhonePrefix(input: string, defaultRegion: string, pointer: string): string {
  const prefix = phonePrefix(input, defaultRegion);
  if (prefix !== undefined) return prefix;
  throw notAPhone(pointer, 'must be a phone number or its beginning');
}

const notAPhone = (pointer: string, detail: string): Problem =>
  new Problem(invalidRequest, 'The phone number is not one.', { errors: [{ pointer, detail }] });

/**
 * The beginning of an E.164 number from the beginning of one as a person writes it, for searching: `0712` and `+254 712`
 * both give `+254712` in KE. Undefined when it isn't made of digits.
 */
export function phonePrefix(input: string, defaultRegion: string): string | undefined {
  const text = input.replace(grouping, '');
  if (/^\+\d{1,15}$/.test(text)) return text;
  if (!/^\d{2,15}$/.test(text)) return undefined;
  if (text.startsWith('00')) return `+${text.slice(2)}`;
  const callingCode = getCountryCallingCode(countryOf(defaultRegion));
  if (text.startsWith('0')) return `+${callingCode}${text.slice(1)}`;
  return text.startsWith(callingCode) ? `+${text}` : `+${callingCode}${text}`;
}

function countryOf(region: string): CountryCode {
  if (isSupportedCountry(region)) return region;
  throw new Error(`no telephone numbers are known for the region ${region}`);
}

/** An E.164 number as logs may show it: `+2547*****678`. */
export const maskPhone = (phone: string): string =>
  phone.length < 9 ? '*'.repeat(phone.length) : phone.slice(0, 5) + '*'.repeat(phone.length - 8) + phone.slice(-3);

/** As forms of providers give it: a `+` that was not encoded arrives as a space, and one may be missing. What isn't a phone number stays as it is. */
export function phoneOfForm(text: string): string {
  const digits = /^\s*\+?([1-9]\d{6,14})\s*$/.exec(text)?.[1];
  return digits === undefined ? text : `+${digits}`;
}
