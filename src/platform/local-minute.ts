// Owns the minute of the day that the clock on the wall shows in a time zone, and when it will show it next.

const minuteMs = 60_000;
const minutesADay = 24 * 60;

/** Minutes since midnight by the clock on the wall: 0 to 1439. @param timeZone IANA name */
export function localMinute(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });
  const [hours = '', minutes = ''] = format.format(at).split(':');
  return Number(hours) * 60 + Number(minutes);
}

/**
 * The next moment, after `at`, when the clock on the wall shows this minute of the day. On the two days a year when clocks
 * are changed it may be an hour off, where that happens at all.
 */
export function nextLocalMinute(at: Date, minute: number, timeZone: string): Date {
  const wait = (minute - localMinute(at, timeZone) + minutesADay) % minutesADay || minutesADay;
  return new Date(Math.floor(at.getTime() / minuteMs) * minuteMs + wait * minuteMs);
}
