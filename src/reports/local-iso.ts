// Owns times as a file shows them: ISO 8601 with the shop's offset, as 2026-11-27T09:30:00+03:00.

const quarterMs = 900_000;

/** Millions of rows come in the order of time: the offset is looked up once for each quarter of an hour. @param timeZone IANA name */
export function createLocalIso(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  let quarter = Number.NaN;
  let offset = '';
  let offsetMs = 0;
  return (at) => {
    const ms = at.getTime();
    if (Math.floor(ms / quarterMs) !== quarter) {
      quarter = Math.floor(ms / quarterMs);
      const shown = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign = '+', hours = '00', minutes = '00'] = /^GMT([+-])(\d\d):(\d\d)/.exec(shown) ?? [];
      offset = `${sign}${hours}:${minutes}`;
      offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    }
    return new Date(ms + offsetMs).toISOString().slice(0, 19) + offset;
  };
}
