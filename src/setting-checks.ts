// Owns what a setting is, and what makes its value a bad one: each check answers what is the matter, or undefined.

import { isSupportedCountry } from 'libphonenumber-js/min';

export interface Setting {
  name: string;
  about: string;
  /** What stands in when it is not set, as text for people and for .env.example. */
  fallback: string;
  /** What is wrong with a value, or undefined. */
  check?: (value: string) => string | undefined;
  /** Must be set with NODE_ENV=production: by itself, or one of several. */
  production?: readonly string[];
  /** The role that needs it there; every command does when not given. */
  neededBy?: 'api' | 'worker';
}

export const oneOf =
  (...options: string[]) =>
  (value: string) =>
    options.includes(value) ? undefined : `must be one of ${options.join(', ')}`;

export const port = (value: string) =>
  /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535 ? undefined : 'must be a port number from 1 to 65535';

export const urlOf =
  (...protocols: string[]) =>
  (value: string) => {
    const ok = URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1));
    return ok ? undefined : `must be a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`;
  };

export const addresses = (value: string) =>
  value.split(',').every((each) => /^[^\s@,]+@[^\s@,]+$/.test(each.trim()))
    ? undefined
    : 'must be e-mail addresses with commas between them';

export const currency = (value: string) => {
  const known = /^[A-Z]{3}$/.test(value) && Intl.supportedValuesOf('currency').includes(value);
  return known ? undefined : 'must be an ISO 4217 code such as KES';
};

export const region = (value: string) =>
  isSupportedCountry(value) ? undefined : 'must be an ISO 3166 country code such as KE';

export const token = (value: string) =>
  /^[\w.~-]{16,128}$/.test(value) ? undefined : 'must be 16 to 128 letters, digits and any of - . _ ~';

export const timeZone = (value: string) => {
  const known = Intl.supportedValuesOf('timeZone').includes(value) || value === 'UTC';
  return known ? undefined : 'must be an IANA time zone such as Africa/Nairobi';
};

export const amount = (value: string) =>
  /^[A-Z]{3} \d{1,9}(\.\d{1,4})?$/.test(value) ? undefined : 'must be a currency and an amount such as KES 5000';

export const count = (value: string) =>
  /^[1-9]\d{0,5}$/.test(value) ? undefined : 'must be a whole number from 1 to 999999';

export const countOrOff = (value: string) => (value === 'off' ? undefined : count(value)?.replace(/$/, ', or off'));

/** A week at least: what is younger may still be tried, and told of by the provider. */
export const daysOrOff = (value: string) =>
  value === 'off' || (/^\d{1,4}$/.test(value) && Number(value) >= 7 && Number(value) <= 3_650)
    ? undefined
    : 'must be a whole number of days from 7 to 3650, or off';

/** `one` is what may stand in place of a list. */
export const regionsOr =
  (one: string) =>
  (value: string): string | undefined =>
    value === one || value.split(',').every((code) => isSupportedCountry(code.trim()))
      ? undefined
      : `must be ISO 3166 country codes such as KE,UG, or ${one}`;

export const hours = (value: string) =>
  value === 'none' || /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(value)
    ? undefined
    : 'must be two times such as 21:00-07:00, or none';

export const domain = (value: string) =>
  /^[a-z0-9.-]+(:\d+)?$/i.test(value) ? undefined : 'must be a host name without https://';
