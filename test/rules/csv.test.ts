// Owns the facts about reading CSV.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvError, readCsv } from '../../src/files/csv.ts';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  text: string | Uint8Array,
  size = 7,
  encoding?: string,
): Promise<[line: number, ...fields: string[]][]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const records: [number, ...string[]][] = [];
  for await (const { line, fields } of readCsv(inChunks(bytes, size), encoding)) records.push([line, ...fields]);
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
    'bars',
    'a|b\n1,5|2',
    [
      [1, 'a', 'b'],
      [2, '1,5', '2'],
    ],
  ],
  [
    'the columns of a first line that has the other marks too, in quotes and out of them',
    '"a, in, all, of, them";b;c (x, y)\n1;2;3',
    [
      [1, 'a, in, all, of, them', 'b', 'c (x, y)'],
      [2, '1', '2', '3'],
    ],
  ],
  [
    'a first line that says what separates fields',
    'sep=;\r\na,b;c\r\n1,5;2',
    [
      [2, 'a,b', 'c'],
      [3, '1,5', '2'],
    ],
  ],
  [
    'the same with a tab, behind a byte order mark and with the line ends of old Macs',
    '\uFEFFSEP=\t\ra\tb\r1,5\t2',
    [
      [2, 'a', 'b'],
      [3, '1,5', '2'],
    ],
  ],
  [
    'the same in quotes and with delimiters behind it, as when such a file was saved again',
    '"sep=;";;\na;b\n1;2',
    [
      [2, 'a', 'b'],
      [3, '1', '2'],
    ],
  ],
  [
    'empty lines before the first',
    '\n\r\n  \na;b\n1;2',
    [
      [4, 'a', 'b'],
      [5, '1', '2'],
    ],
  ],
  [
    'quotes that do not begin a field, as inches',
    'a,b\nPipe 2",x"y"z\n5"" nail,',
    [
      [1, 'a', 'b'],
      [2, 'Pipe 2"', 'x"y"z'],
      [3, '5"" nail', ''],
    ],
  ],
  [
    'quotes after spaces, and spaces after quotes',
    'a,b,c\n1, "2, or 3" , 4 ',
    [
      [1, 'a', 'b', 'c'],
      [2, '1', '2, or 3', ' 4 '],
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
  ['text after a closing quote', 'a\n1\n"x"y', 3, /quote inside a field/],
  ['a quote that is never closed', 'a\n"x\n\n\n', 2, /never closed/],
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

describe('encodings', () => {
  const text = 'sku,name\nA,Crème brûlée\nB,Mũthĩga 🍞\n';
  const records = [
    [1, 'sku', 'name'],
    [2, 'A', 'Crème brûlée'],
    [3, 'B', 'Mũthĩga 🍞'],
  ];
  const little = (marked: boolean) => Buffer.from(`${marked ? '\uFEFF' : ''}${text}`, 'utf16le');
  const latin = Buffer.from('sku,name\nA,Crème brûlée\n', 'latin1');

  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with its mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as a spreadsheet writes "Unicode text"', little(true)],
    ['UTF-16 the other way round', little(true).swap16()],
    ['UTF-16 without its mark', little(false)],
    ['UTF-16 the other way round without its mark', little(false).swap16()],
  ])('%s is known by itself, however it is cut', async (_what, bytes) => {
    for (const size of [1, 2, 3, 5, 1_000]) expect(await read(bytes, size)).toEqual(records);
  });

  test.each(['windows-1252', 'latin1', 'ISO-8859-1'])('%s is read when it is said', async (encoding) => {
    expect(await read(latin, 3, encoding)).toEqual(records.slice(0, 2));
  });

  test('a byte order mark is believed before what is said', async () => {
    expect(await read(Buffer.from(`\uFEFF${text}`), 3, 'windows-1252')).toEqual(records);
    expect(await read(little(true), 3, 'windows-1252')).toEqual(records);
  });

  test.each([
    ['a letter of Windows-1252', latin, 2, 'has the byte E8 after "A,Cr", which is not UTF-8, but would be "è"', true],
    ['one at the end of the file', Buffer.from('a\nb\ncaf\xe9', 'latin1'), 3, 'has the byte E9 after "caf"', true],
    ['one at the beginning of a line', Buffer.from('a\n\n\xc9t\xe9', 'latin1'), 3, 'has the byte C9, which', true],
    ['a character cut off by the end', Buffer.from('a\nü').subarray(0, 3), 2, 'has the byte C3, which is not', true],
    ['the first byte', Buffer.from('\xe9,a', 'latin1'), 1, 'has the byte E9, which is not UTF-8', true],
    ['a dash of Windows', Buffer.from('a\rb\r\x96', 'latin1'), 3, 'would be "–" in Windows-1252', true],
    [
      'one in a file that is UTF-8 elsewhere',
      Buffer.concat([Buffer.from(text), latin]),
      5,
      'as the lines before',
      false,
    ],
    ['a workbook', Buffer.from('PK\x03\x04....'), 1, 'is the beginning of a spreadsheet', false],
  ])('%s is named with its line', async (_what, bytes, line, message, isSuggested) => {
    for (const size of [1, 2, 5, 1_000]) {
      const refused = await read(bytes, size).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CsvError);
      const { message: said, line: where, suggestedEncoding } = refused as CsvError;
      expect([where, said]).toEqual([line, expect.stringContaining(message)]);
      expect(suggestedEncoding).toBe(isSuggested ? 'windows-1252' : undefined);
    }
  });

  test('what comes before such a byte is read', async () => {
    const seen: string[][] = [];
    const bytes = Buffer.concat([Buffer.from('a,b\n1,2\n'), latin]);
    await expect(
      (async () => {
        for await (const { fields } of readCsv(inChunks(bytes, 4))) seen.push(fields);
      })(),
    ).rejects.toBeInstanceOf(CsvError);
    expect(seen.slice(0, 2)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });
});

test('whatever the bytes are, the end is records or one sentence with a line', async () => {
  const piece = fc.oneof(
    fc.constantFrom('"', ',', ';', '\n', '\r', 'sep=', 'a', '\uFEFF', 'é').map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.integer({ min: 1, max: 9 }), async (pieces, size) => {
      const bytes = Buffer.concat(pieces);
      const whole = await read(bytes, bytes.length + 1).catch((error: unknown) => error);
      const cut = await read(bytes, size).catch((error: unknown) => error);
      if (whole instanceof Error) expect(whole).toBeInstanceOf(CsvError);
      expect(cut instanceof CsvError ? [cut.line, cut.suggestedEncoding] : cut).toEqual(
        whole instanceof CsvError ? [whole.line, whole.suggestedEncoding] : whole,
      );
    }),
    { numRuns: 500 },
  );
});
