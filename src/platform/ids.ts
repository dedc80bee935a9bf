// Owns identifiers: UUIDv7, so that ids sort by time and new rows land at the end of their indexes.

import { v7 } from 'uuid';

/** The plain form, of any version: ids that came from elsewhere are kept as they are. */
export const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes the id of something that happens at `now`. */
export type NewId = (now: Date) => string;

/** Ids of one process go up even within a millisecond: they count on from a random start (RFC 9562, section 6.2). */
export function createIds(): NewId {
  let sequence = Math.floor(Math.random() * 2 ** 31);
  return (now) => {
    sequence = (sequence + 1) >>> 0;
    return v7({ msecs: now.getTime(), seq: sequence });
  };
}

/** The smallest id of something that happens at `time`: a bound in time as a bound on ids. */
export function earliestId(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}
