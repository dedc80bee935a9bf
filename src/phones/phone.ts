// Owns phone numbers: what people type becomes E.164, and what logs may show of it.

import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { invalidRequest, Problem } from '../platform/problem.ts';

/** Spaces, brackets, dashes and dots that people group digits with, and the marks of direction that contacts wrap them in. */
const grouping = /[\s()[\]（）./／\-−·•․．﹒\p{Pd}\p{Cf}]/gu;
const maxInputLength = 40;
const e164 = /^\+[1-9]\d{6,14}$/;

interface Plan {
  /** How many digits a number may have after the calling code. */
  lengths: ReadonlySet<number>;
  /** Within the country numbers are dialled with a zero in front that is no part of them, unlike in Italy. */
  hasTrunkZero: boolean;
}

const plans = readPlans();

/** By calling code; countries that share one are taken together. */
function readPlans(): ReadonlyMap<string, Plan> {
  const metadata = new Metadata();
  const found = new Map<string, Plan>();
  for (const country of getCountries()) {
    metadata.selectNumberingPlan(country);
    // The prefix is left out of the library's types.
    const plan = metadata.numberingPlan as typeof metadata.numberingPlan & { nationalPrefix(): string | undefined };
    const callingCode = getCountryCallingCode(country);
    const before = found.get(callingCode);
    found.set(callingCode, {
      lengths: new Set([...(before?.lengths ?? []), ...plan.possibleLengths()]),
      hasTrunkZero: before?.hasTrunkZero === true || plan.nationalPrefix() === '0',
    });
  }
  return found;
}

/** The digits behind a `+`, taken apart; undefined where no country has such a calling code. No code begins another. */
function splitCallingCode(digits: string): { callingCode: string; plan: Plan; national: string } | undefined {
  for (const length of [1, 2, 3]) {
    const callingCode = digits.slice(0, length);
    const plan = plans.get(callingCode);
    if (plan) return { callingCode, plan, national: digits.slice(length) };
  }
  return undefined;
}

/**
 * Reads a phone number as a person writes or pastes it into E.164 (ITU-T E.164: `+`, country code, at most 15 digits). An
 * international number must have a length that numbers of its country have, and loses a trunk zero behind the country code;
 * a local one must be valid in `defaultRegion` (ISO 3166, such as KE). Returns undefined for anything else.
 */
export function parsePhone(input: string, defaultRegion: string): string | undefined {
  if (input.length > maxInputLength) return undefined;
  const text = plainDigits(input);
  if (text.startsWith('+')) return parseInternational(text);
  if (!/^\d{4,18}$/.test(text)) return undefined;
  const local = parsePhoneNumberFromString(text, { defaultCountry: countryOf(defaultRegion), extract: false });
  if (local?.isValid()) return local.number;
  // 00 is how most of the world dials `+`; the region's own prefix for it, where different, was tried above.
  return text.startsWith('00') ? parseInternational(`+${text.slice(2)}`) : undefined;
}

function parseInternational(text: string): string | undefined {
  if (!/^\+[1-9]\d{6,17}$/.test(text)) return undefined;
  const digits = text.slice(1);
  const split = splitCallingCode(digits);
  // What is possible as it stands needs no closer look, which costs ten times as much.
  if (split && split.plan.lengths.has(split.national.length) && !split.national.startsWith('0')) return text;
  const read = parsePhoneNumberFromString(text, { extract: false });
  if (read?.isPossible()) return e164.test(read.number) ? read.number : undefined;
  // What stands in every example, and codes that no country has: numbering plans change faster than libraries.
  const isExample = '123456789012345'.startsWith(digits);
  return (isExample || !split) && e164.test(text) ? text : undefined;
}

/** As {@link parsePhone}. @param pointer to the field, for the refusal @throws Problem invalid-request */
export function readPhone(input: string, defaultRegion: string, pointer: string): string {
  const phone = parsePhone(input, defaultRegion);
  if (phone !== undefined) return phone;
  throw notAPhone(pointer, 'must be E.164 (+ and 7 to 15 digits), possible in its country, or a local number');
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
  // 000 is what 00 is elsewhere, in East Africa.
  const text = plainDigits(input).replace(/^000?(?=[1-9])/, '+');
  if (/^\+[1-9]\d{0,17}$/.test(text)) return withoutTrunkZero(text.slice(1));
  if (!/^\d{2,17}$/.test(text) || text.startsWith('00')) return undefined;
  const callingCode = getCountryCallingCode(countryOf(defaultRegion));
  return withoutTrunkZero(text.startsWith(callingCode) ? text : callingCode + text);
}

function withoutTrunkZero(digits: string): string {
  const split = splitCallingCode(digits);
  return split?.plan.hasTrunkZero ? `+${split.callingCode}${split.national.replace(/^0/, '')}` : `+${digits}`;
}

/** Without what groups them, and in ASCII whatever the script or width: U+0660 is 0, and so is U+FF10. */
function plainDigits(input: string): string {
  const text = input.replace(grouping, '').replace(/[＋﹢]/g, '+');
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/\p{Nd}/gu, (digit) => String(decimalValue(digit)));
}

/** Unicode keeps the ten digits of a script in a row from 0 to 9, and such rows side by side or apart, never in part. */
function decimalValue(digit: string): number {
  const at = digit.codePointAt(0) ?? 0;
  let first = at;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (at - first) % 10;
}

function countryOf(region: string): CountryCode {
  if (isSupportedCountry(region)) return region;
  throw new Error(`no telephone numbers are known for the region ${region}`);
}

/** The country of an E.164 number (ISO 3166), told from its first digits where several share a code; undefined where it can't be told. */
export const countryOfPhone = (phone: string): string | undefined =>
  parsePhoneNumberFromString(phone, { extract: false })?.country;

/** SHA-256 in hex: some networks hide a customer's number behind it. */
const hashed = /^[\da-f]{64}$/;

export const isHashedPhone = (text: string): boolean => hashed.test(text);

/**
 * As forms of providers give it: a `+` that was not encoded arrives as a space, and one may be missing. What isn't a phone
 * number stays as it is; a hidden one is in small letters.
 */
export function phoneOfForm(text: string): string {
  const digits = plainDigits(text).replace(/^\+/, '');
  if (/^[1-9]\d{6,17}$/.test(digits))
    return parseInternational(`+${digits}`) ?? (e164.test(`+${digits}`) ? `+${digits}` : text);
  const small = text.trim().toLowerCase();
  return hashed.test(small) ? small : text;
}
