// Owns times and days as people send them: which texts are one, and the moment that a text means.

const shape =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d)?)$/;
const secondMs = 1_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Whether a text is a day of the calendar, as 2026-02-14. There was no year 0, and databases hold none. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) && text >= firstDay ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

export const firstDay = '0001-01-01';
export const lastDay = '9999-12-31';

/** The moment of an RFC 3339 time, to the millisecond; undefined for a text that is none. A leap second is the second after it. */
export function parseInstant(text: string): Date | undefined {
  const found = shape.exec(text);
  if (!found) return undefined;
  const [, day = '', hour, minute, second, fraction = '', sign, aheadHours = 0, aheadMinutes = 0] = found;
  if (!isDay(day)) return undefined;
  const wallMs =
    Date.parse(`${day}T00:00:00Z`) +
    (Number(hour) * 60 + Number(minute)) * minuteMs +
    Number(second) * secondMs +
    Number(fraction.slice(0, 3).padEnd(3, '0'));
  const aheadMs = (Number(aheadHours) * 60 + Number(aheadMinutes)) * minuteMs;
  const at = new Date(sign === '-' ? wallMs + aheadMs : wallMs - aheadMs);
  // A leap second is the last one of a day by UTC (RFC 3339, section 5.7).
  return second === '60' && Math.floor(at.getTime() / secondMs) % (dayMs / secondMs) !== 0 ? undefined : at;
}

/** Of a text that validation let through as a `date-time`. */
export function readInstant(text: string): Date {
  const at = parseInstant(text);
  if (!at) throw new RangeError(`not a time: ${text}`);
  return at;
}
