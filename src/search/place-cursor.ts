// Owns how a cursor holds the place of a row among those that a search found.

import { uuidPattern } from '../platform/ids.ts';
import { type CursorValue, decodeCursor, foreignCursor } from '../platform/page.ts';
import { assertStorable } from '../platform/text.ts';
import { isTier, type Place } from './word-index.ts';

export const placeValues = ({ key, id, tier }: Place): CursorValue[] => [key, id, tier];

/** @throws Problem invalid-request when it holds none */
export function decodePlace(cursor: string): Place {
  const [key, id, tier] = decodeCursor(cursor, 3);
  if (typeof key !== 'string' || typeof id !== 'string' || !uuidPattern.test(id) || !isTier(tier))
    throw foreignCursor();
  assertStorable(key, '?cursor');
  return { key, id, tier };
}
