// Owns what the clock on the wall says in a time zone: the day it is.

/** The day in a time zone, as 2026-11-26. @param timeZone IANA name */
export const localDay = (at: Date, timeZone: string): string => {
  const parts = partsOf(at, timeZone);
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
};

function partsOf(at: Date, timeZone: string): Record<string, string> {
  const format = formatOf(timeZone);
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

const formatOf = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
