// Owns the facts about reading CSV.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../src/platform/csv.ts';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Uint8Array, size = 7): Promise<[line: number, ...fields: string[]][]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const records: [number, ...string[]][] = [];
  for await (const { line, fields } of readCsv(inChunks(bytes, size))) records.push([line, ...fields]);
  return records;
}

test.each([
  ['an empty file', '', []],
  [
    'plain fields',
    'a,b\n1,2\n',
    [
      [1, 'a', 'b'],
      [2, '1', '2'],
    ],
  ],
  [
    'a last line without its end',
    'a,b\n1,2',
    [
      [1, 'a', 'b'],
      [2, '1', '2'],
    ],
  ],
  [
    'the line ends of Windows and of old Macs',
    'a\r\n1\r2',
    [
      [1, 'a'],
      [2, '1'],
      [3, '2'],
    ],
  ],
  ['a byte order mark', '\uFEFFa,b', [[1, 'a', 'b']]],
  [
    'quotes, with quotes inside them',
    'a\n"say ""hi"""',
    [
      [1, 'a'],
      [2, 'say "hi"'],
    ],
  ],
  [
    'line ends inside quotes, counted',
    'a,b\n"1\r\n2",x\n3,y',
    [
      [1, 'a', 'b'],
      [2, '1\r\n2', 'x'],
      [4, '3', 'y'],
    ],
  ],
  [
    'empty fields, quoted or not, and empty lines',
    'a,b\n,""\n\n\nx,',
    [
      [1, 'a', 'b'],
      [2, '', ''],
      [5, 'x', ''],
    ],
  ],
  [
    'semicolons',
    'a;b\n1,5;2',
    [
      [1, 'a', 'b'],
      [2, '1,5', '2'],
    ],
  ],
  [
    'tabs',
    'a\tb\n1\t2',
    [
      [1, 'a', 'b'],
      [2, '1', '2'],
    ],
  ],
  [
    'more than Latin',
    'a\nmkate wa 🍞, na “chai”',
    [
      [1, 'a'],
      [2, 'mkate wa 🍞', ' na “chai”'],
    ],
  ],
])('reads %s', async (_what, text, records) => {
  expect(await read(text)).toEqual(records);
});

test.each([
  ['a quote inside a bare field', 'a\nx"y', 2, /quote inside a field/],
  ['text after a closing quote', 'a\n1\n"x"y', 3, /quote inside a field/],
  ['a quote that is never closed', 'a\n"x\n\n\n', 2, /never closed/],
  ['bytes that are not UTF-8', new Uint8Array([97, 10, 0xe9, 10]), 2, /not UTF-8/],
  ['a record that never ends', `a\n"${'x'.repeat(1_000_001)}`, 2, /left open/],
])('refuses %s, and says where', async (_what, text, line, message) => {
  await expect(read(text, 4_096)).rejects.toMatchObject({ line, message: expect.stringMatching(message) });
});

test('gives back what was written, however it is cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'ü', '🍞') });
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width })));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      // The first line shows the delimiter; a record of one empty field is an empty line.
      const written = [['h', 'h', 'h'], ...rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`))];
      const records = await read(written.map((row) => row.join(',')).join('\n'), size);
      expect(records.slice(1).map(([, ...fields]) => fields)).toEqual(rows);
    }),
  );
});
