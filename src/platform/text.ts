// Owns the rule for text that the database can hold: no NUL, no half of a surrogate pair, anywhere in a request.

import { invalidRequest, Problem } from './problem.ts';

/** False for text with a NUL or a lone surrogate. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/**
 * The beginning of what somebody else wrote, as logs, JSON and the database can hold it: never half a character, no NUL.
 * @param maxLength in UTF-16 units, as `length` counts
 */
export function cutText(text: string, maxLength: number): string {
  const storable = isStorable(text) ? text : text.replaceAll('\0', '').toWellFormed();
  if (storable.length <= maxLength) return storable;
  const cut = storable.slice(0, maxLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

// Nothing that is asked for is nested half as deep, and the stack has an end.
const maxDepth = 64;

function findUnstorable(value: unknown, pointer: string, depth = 0): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === maxDepth) throw tooDeep();
  for (const [key, member] of Object.entries(value)) {
    if (!isStorable(key)) return pointer;
    const found = findUnstorable(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const tooDeep = (): Problem =>
  new Problem(invalidRequest, 'The body is nested too deep.', {
    errors: [{ pointer: '', detail: `is nested more than ${maxDepth} deep` }],
  });

/** @throws Problem invalid-request naming the first member that holds a NUL or a lone surrogate. */
export function assertStorable(value: unknown, pointer = ''): void {
  const found = findUnstorable(value, pointer);
  if (found === undefined) return;
  throw new Problem(invalidRequest, 'Text must be well-formed Unicode without NUL characters.', {
    errors: [{ pointer: found, detail: 'holds a NUL character or half of a surrogate pair' }],
  });
}
