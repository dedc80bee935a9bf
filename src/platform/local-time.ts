// Owns what the clock on the wall says in a time zone: the day it is, and when a day begins.

import { firstDay, lastDay } from './instant.ts';

const minuteMs = 60_000;

/** The day in a time zone, as 2026-11-26. @param timeZone IANA name */
export const localDay = (at: Date, timeZone: string): string => {
  const parts = partsOf(at, timeZone);
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
};

const dayMs = 24 * 60 * minuteMs;
const midnightMs = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** Stops at the first and the last day that there can be. @param day as 2026-11-26 */
export function addDays(day: string, days: number): string {
  const ms = midnightMs(day) + days * dayMs;
  const within = Math.min(Math.max(ms, midnightMs(firstDay)), midnightMs(lastDay));
  return new Date(within).toISOString().slice(0, 10);
}

/** How many days there are from one to another, both as 2026-11-26. */
export const daysBetween = (from: string, to: string): number => (midnightMs(to) - midnightMs(from)) / dayMs;

/** When a day begins in a time zone. @param day as 2026-11-26 */
export function startOfLocalDay(day: string, timeZone: string): Date {
  const ms = midnightMs(day);
  const guess = new Date(ms - aheadMs(new Date(ms), timeZone));
  // Clocks may be changed between midnight there and midnight here.
  return new Date(ms - aheadMs(guess, timeZone));
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
