// Owns what the clock on the wall says in a time zone: the day it is, and when a day begins.

const minuteMs = 60_000;

/** The day in a time zone, as 2026-11-26. @param timeZone IANA name */
export const localDay = (at: Date, timeZone: string): string => {
  const parts = partsOf(at, timeZone);
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
};

/** @param day as 2026-11-26 */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * 60 * minuteMs).toISOString().slice(0, 10);

/** When a day begins in a time zone. @param day as 2026-11-26 */
export function startOfLocalDay(day: string, timeZone: string): Date {
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  const guess = new Date(midnightMs - aheadMs(new Date(midnightMs), timeZone));
  // Clocks may be changed between midnight there and midnight here.
  return new Date(midnightMs - aheadMs(guess, timeZone));
}

/** How far the clock on the wall is ahead of UTC. */
function aheadMs(at: Date, timeZone: string): number {
  const { year, month, day, hour, minute } = partsOf(at, timeZone);
  const wallMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  return wallMs - Math.floor(at.getTime() / minuteMs) * minuteMs;
}

function partsOf(at: Date, timeZone: string): Record<string, string> {
  const format = formatOf(timeZone);
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

const formatOf = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
