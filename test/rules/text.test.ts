// Owns the facts about cutting what others wrote: it stays text that JSON and the database can hold.

import { expect, test } from 'vitest';
import { cutText } from '../../src/platform/text.ts';

test.each([
  ['shorter than the cut', 'Accepted', 20, 'Accepted'],
  ['as long as the cut', 'abc', 3, 'abc'],
  ['longer', 'abcdef', 3, 'abc'],
  ['an emoji before the cut', 'ab😀cd', 4, 'ab😀'],
  ['an emoji at the cut', 'ab😀cd', 3, 'ab'],
  ['an emoji behind the cut', 'ab😀cd', 2, 'ab'],
  ['nothing but emoji', '😀😀😀', 5, '😀😀'],
  ['half an emoji that was cut before', 'ab\ud83d', 20, 'ab\ufffd'],
  ['the other half', '\ude00ab', 20, '\ufffdab'],
  ['half an emoji at the cut', 'ab\ud83dcd', 3, 'ab\ufffd'],
  ['a NUL', 'a\0b\0', 20, 'ab'],
  ['NULs before the cut', '\0\0abc', 2, 'ab'],
  ['nothing', '', 5, ''],
])('%s', (_what, text, max, expected) => {
  expect(cutText(text, max)).toBe(expected);
});

test('every cut of a text of all kinds is well-formed', () => {
  const text = 'a😀é\ud83d\0\ude00😀😀 Ṣọlá 👩‍👩‍👧';
  for (let max = 0; max <= text.length; max++) {
    const cut = cutText(text, max);
    expect(cut.isWellFormed(), `${max}`).toBe(true);
    expect(cut).not.toContain('\0');
    expect(cut.length).toBeLessThanOrEqual(max);
  }
});
