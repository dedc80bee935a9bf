// Owns identifiers: UUIDv7, so that ids sort by time and new rows land at the end of their indexes.

import { randomFillSync, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

/** The plain form, of any version: ids that came from elsewhere are kept as they are. */
export const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes the id of something that happens at `now`. */
export type NewId = (now: Date) => string;

const poolBytes = 4_096;

/**
 * Ids of one process go up even within a millisecond: they count on from a random start (RFC 9562, section 6.2).
 * Random bytes are drawn by the page: asking the system for 16 at a time was half the cost of deciding an order.
 */
export function createIds(): NewId {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  let sequence = randomInt(2 ** 31);
  return (now) => {
    if (used === poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.slice(used, (used += 16));
    sequence = (sequence + 1) >>> 0;
    return v7({ msecs: now.getTime(), seq: sequence, random });
  };
}

/** The smallest id of something that happens at `time`: a bound in time as a bound on ids. */
export function earliestId(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}
