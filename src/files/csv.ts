// Owns reading CSV as RFC 4180 has it and spreadsheets write it: a record at a time, however large the file.

import { readText } from './encoding.ts';

export interface CsvRecord {
  /** Where it begins in the file, from 1. */
  line: number;
  fields: string[];
  /** What separates the fields in this file. */
  delimiter: string;
}

/** The file can't be read any further; `line` says where. */
export class CsvError extends Error {
  override name = 'CsvError';
  readonly line: number;
  /** The encoding that the file may be in, where it is not the one it was read in. */
  readonly suggestedEncoding: string | undefined;

  constructor(line: number, message: string, suggestedEncoding?: string) {
    super(message);
    this.line = line;
    this.suggestedEncoding = suggestedEncoding;
  }
}

const delimiters = [',', ';', '\t', '|'];
/** Of one record: an open quote must not swallow a whole file into memory. */
const maxRecordLength = 1_000_000;

/**
 * Reads records from bytes that are UTF-8, UTF-16 with a byte order mark, or what `encoding` says. A first line such as `sep=;` says
 * what separates fields; else the first line that isn't empty shows whether it is commas, semicolons, tabs or bars. Lines may end as they
 * do anywhere, empty ones are skipped, and a quote that doesn't begin a field is a character as any other.
 * @throws CsvError for bytes that are no text, text behind a closing quote, a quote that is never closed, a record over
 *   1,000,000 characters.
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, encoding?: string): AsyncGenerator<CsvRecord> {
  const parser = createParser();
  for await (const piece of readText(bytes, encoding)) {
    if (typeof piece === 'string') yield* parser.read(piece);
    else throw new CsvError(parser.line(), piece.problem, piece.suggestion);
  }
  yield* parser.end();
}

function createParser() {
  let delimiter: string | undefined;
  let [line, firstLine] = [1, 1];
  let fields: string[] = [];
  let field = '';
  let length = 0;
  // Where in a field: before its first character, in a bare one, inside quotes, or after what may be the closing quote.
  let state: 'start' | 'bare' | 'quoted' | 'closed' = 'start';
  let head = '';
  let afterReturn = false;
  /** What can be taken at once, since it means nothing but itself. */
  let [bareRun, quotedRun] = [/[^\r\n]+/y, /[^"\r\n]+/y];

  const endField = () => {
    fields.push(field);
    field = '';
    state = 'start';
  };

  function endRecord(): CsvRecord | undefined {
    const isEmpty = fields.length === 0 && field.trim() === '' && state === 'start';
    if (!isEmpty) endField();
    const record = isEmpty ? undefined : { line: firstLine, fields, delimiter: delimiter as string };
    [fields, field, length, firstLine] = [[], '', 0, line];
    return record;
  }

  function take(character: string): void {
    if (state === 'quoted') {
      if (character === '"') state = 'closed';
      else field += character;
    } else if (character === delimiter) endField();
    else if (character === '"' && state === 'closed') {
      field += '"';
      state = 'quoted';
    } else if (character === '"' && state === 'start') {
      // Spaces between a delimiter and a quote are nobody's text.
      field = '';
      state = 'quoted';
    } else if (state === 'closed') {
      if (character === ' ') return;
      throw new CsvError(line, 'has a quote inside a field: put the field in quotes, and double those inside it');
    } else {
      field += character;
      if (character !== ' ') state = 'bare';
    }
  }

  function* read(text: string): Generator<CsvRecord> {
    const known = withDelimiter(text);
    for (let at = 0; at < known.length; ) {
      const run = state === 'bare' ? bareRun : quotedRun;
      run.lastIndex = at;
      const taken = state === 'bare' || state === 'quoted' ? run.exec(known)?.[0] : undefined;
      const character = taken ?? known.charAt(at);
      at += character.length;
      if ((length += character.length) > maxRecordLength)
        throw new CsvError(firstLine, `has over ${maxRecordLength} characters: is a quote left open?`);
      if (taken !== undefined) {
        field += taken;
        afterReturn = false;
        continue;
      }
      const isNewline = character === '\n' || character === '\r';
      const isSecondHalf = character === '\n' && afterReturn;
      afterReturn = character === '\r';
      if (isNewline && !isSecondHalf) line += 1;
      if (!isNewline || state === 'quoted') take(character);
      else if (isSecondHalf) length = 0;
      else {
        const record = endRecord();
        if (record) yield record;
      }
    }
  }

  /** Holds text back until the first line is whole, which names the columns and shows the delimiter. */
  function withDelimiter(text: string): string {
    if (delimiter !== undefined) return text;
    head += text;
    const first = /^[^\r\n]+(?=[\r\n])/.exec(head.trimStart())?.[0];
    return first === undefined && head.length < maxRecordLength ? '' : openWith(first ?? head);
  }

  function openWith(first: string): string {
    const said = /^"?sep=(\t|[^\w\s"])"?[,;\t|]*$/i.exec(first)?.[1];
    const unquoted = first.replaceAll(/"[^"]*"/g, '');
    const count = (each: string) => unquoted.split(each).length;
    delimiter = said ?? (delimiters.toSorted((a, b) => count(b) - count(a))[0] as string);
    const escaped = delimiter.replace(/[\\\]^-]/, '\\$&');
    bareRun = new RegExp(`[^\\r\\n${escaped}]+`, 'y');
    const text = said === undefined ? head : head.replace(first, '');
    head = '';
    return text;
  }

  return {
    read,
    line: () => line,
    *end(): Generator<CsvRecord> {
      if (delimiter === undefined) yield* read(openWith(head));
      if (state === 'quoted') throw new CsvError(firstLine, 'has a quote that is never closed');
      const record = endRecord();
      if (record) yield record;
    },
  };
}
