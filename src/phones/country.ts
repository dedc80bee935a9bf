// Owns which countries a phone number can be of.

import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Whether an E.164 number can be of one of these countries (ISO 3166). Several share a calling code: any of them will do. */
export function isOfCountry(phoneNumber: string, countries: readonly string[]): boolean {
  const number = parsePhoneNumberFromString(phoneNumber, { extract: false });
  const possible: readonly CountryCode[] = number?.country ? [number.country] : (number?.getPossibleCountries() ?? []);
  return possible.some((country) => countries.includes(country));
}
