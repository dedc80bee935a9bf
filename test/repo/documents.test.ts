// Owns the rules of documents and tests that a machine can hold: what they name is there, and a file of tests has one subject.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Files that a document names in backticks, with their folder: from the root, or from `src`. */
function filesNamedIn(document: string): string[] {
  const text = readFileSync(document, 'utf8');
  const named = text.matchAll(/`([a-z][\w.-]*(?:\/[\w.-]+)+\.(?:ts|js|sql|md|json))`/g);
  return [...named].map((match) => match[1] ?? '');
}

test.each([
  ['ARCHITECTURE.md', 10],
  ['CONTRIBUTING.md', 1],
  ['docs/glossary.md', 30],
  ['docs/threat-model.md', 40],
  ['docs/where-to-change.md', 12],
])('the files that %s names are there', (document, atLeast) => {
  const named = filesNamedIn(document);
  expect(named.length).toBeGreaterThanOrEqual(atLeast);
  expect(named.filter((file) => !existsSync(file) && !existsSync(path.join('src', file)))).toEqual([]);
});

const rows = [
  ...readFileSync('docs/where-to-change.md', 'utf8').matchAll(/^\| (.+) \| `(src\/[^`]+)` \| `([^`]+)` \|$/gm),
].map(([, what = '', file = '', word = '']) => ({ what, file, word }));

test('there are a dozen things to change, and more', () => {
  expect(rows.length).toBeGreaterThanOrEqual(12);
});

test.each(rows)('$what: $file has $word', ({ file, word }) => {
  expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`(?<!\\w)${word}`));
});

test('a file of tests has one subject: none is over 300 lines', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  // A list of mistakes is data, one after the other.
  const long = files.filter(
    (file) =>
      file !== 'repo/deployment-mistakes.ts' && readFileSync(path.join('test', file), 'utf8').split('\n').length > 301,
  );
  expect(long).toEqual([]);
});
