// Owns what the time is where a phone number is from.

import { countryOfPhone } from './phone.ts';

/**
 * The zone of most people, where a country has several: their numbers don't tell which one they live in. All others have
 * one zone, or several that show the same time, by the table of IANA that comes with Node.
 */
const zoneOfMost: Readonly<Record<string, string>> = {
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CA: 'America/Toronto',
  CD: 'Africa/Kinshasa',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  EC: 'America/Guayaquil',
  ES: 'Europe/Madrid',
  FM: 'Pacific/Ponape',
  GL: 'America/Godthab',
  ID: 'Asia/Jakarta',
  KI: 'Pacific/Tarawa',
  MN: 'Asia/Ulaanbaatar',
  MX: 'America/Mexico_City',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  PG: 'Pacific/Port_Moresby',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  UA: 'Europe/Kiev',
  US: 'America/New_York',
  // Those that the table leaves out.
  AC: 'Atlantic/St_Helena',
  TA: 'Atlantic/St_Helena',
  XK: 'Europe/Belgrade',
};

/** @param phone in E.164 @param fallback for numbers of no country that is known: IANA name */
export function timeZoneOfPhone(phone: string, fallback: string): string {
  const country = countryOfPhone(phone);
  if (country === undefined) return fallback;
  return zoneOfMost[country] ?? new Intl.Locale('und', { region: country }).getTimeZones()?.[0] ?? fallback;
}
