// Owns putting a mutation into the text of its file.

import type { Mutation } from './mutation.ts';

/** @throws where the text is not there exactly once: then nobody knows what was meant */
export function applyMutation({ bug, file, text, replacement }: Mutation, source: string): string {
  const [before, after, ...more] = source.split(text);
  if (before !== undefined && after !== undefined && more.length === 0) return before + replacement + after;
  throw new Error(`"${bug}": ${file} holds the text ${source.split(text).length - 1} times in place of once`);
}
