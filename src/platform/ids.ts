// Owns identifiers: UUIDv7, so that ids sort by time and new rows land at the end of their indexes.

import { randomFillSync, randomInt } from 'node:crypto';

/** The plain form, of any version: ids that came from elsewhere are kept as they are. */
export const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes the id of something that happens at `now`. */
export type NewId = (now: Date) => string;

const poolBytes = 4_096;
const randomBytes = 6;
const hexDigits = Buffer.from('0123456789abcdef');

/**
 * Ids of one process go up even within a millisecond: they count on from a random start (RFC 9562, section 6.2).
 * Written into one buffer, with random bytes drawn by the page: four ids go into an order, and garbage costs most.
 */
export function createIds(): NewId {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  let sequence = randomInt(2 ** 31);
  let lastMs = -1;
  const text = Buffer.from('00000000-0000-7000-8000-000000000000');
  const put = (at: number, byte: number) => {
    text[at] = hexDigits[byte >>> 4] as number;
    text[at + 1] = hexDigits[byte & 15] as number;
  };
  return (now) => {
    const ms = now.getTime();
    if (ms !== lastMs) {
      lastMs = ms;
      const hex = ms.toString(16).padStart(12, '0');
      text.write(`${hex.slice(0, 8)}-${hex.slice(8, 12)}`, 'latin1');
    }
    if (used + randomBytes > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    sequence = (sequence + 1) >>> 0;
    text[15] = hexDigits[sequence >>> 28] as number;
    put(16, (sequence >>> 20) & 0xff);
    put(19, 0x80 | ((sequence >>> 14) & 0x3f));
    put(21, (sequence >>> 6) & 0xff);
    put(24, ((sequence << 2) & 0xff) | ((pool[used] as number) & 3));
    for (let byte = 1; byte < randomBytes; byte++) put(24 + 2 * byte, pool[used + byte] as number);
    used += randomBytes;
    return text.toString('latin1');
  };
}

/** The smallest id of something that happens at `time`: a bound in time as a bound on ids, which begin with 1970. */
export function earliestId(time: Date): string {
  const hex = Math.max(time.getTime(), 0).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}
