// Owns the rule for text that the database can hold: no NUL, no half of a surrogate pair, anywhere in a request.

import { invalidRequest, Problem } from './problem.ts';

/** False for text with a NUL or a lone surrogate. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function findUnstorable(value: unknown, pointer: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    if (!isStorable(key)) return pointer;
    const found = findUnstorable(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws Problem invalid-request naming the first member that holds a NUL or a lone surrogate. */
export function assertStorable(value: unknown, pointer = ''): void {
  const found = findUnstorable(value, pointer);
  if (found === undefined) return;
  throw new Problem(invalidRequest, 'Text must be well-formed Unicode without NUL characters.', {
    errors: [{ pointer: found, detail: 'holds a NUL character or half of a surrogate pair' }],
  });
}
