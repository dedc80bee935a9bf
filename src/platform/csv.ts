// Owns reading CSV as RFC 4180 has it and spreadsheets write it: a record at a time, however large the file.

export interface CsvRecord {
  /** Where it begins in the file, from 1. */
  line: number;
  fields: string[];
}

/** The file can't be read any further; `line` says where. */
export class CsvError extends Error {
  override name = 'CsvError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const delimiters = [',', ';', '\t'];
/** What the decoder puts where bytes are not UTF-8. */
const replacement = '\uFFFD';
/** Of one record: an open quote must not swallow a whole file into memory. */
const maxRecordLength = 1_000_000;

/**
 * Reads records from UTF-8 bytes, with or without a byte order mark; the line that begins the file decides between comma,
 * semicolon and tab. Empty lines are skipped.
 * @throws CsvError for bytes that are not UTF-8, a quote in the wrong place or never closed, a record over 1,000,000 characters.
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const parser = createParser();
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of bytes) yield* parser.read(decoder.decode(chunk, { stream: true }));
  yield* parser.read(decoder.decode());
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

  const endField = () => {
    fields.push(field);
    field = '';
    state = 'start';
  };

  function endRecord(): CsvRecord | undefined {
    const isEmpty = fields.length === 0 && field === '' && state === 'start';
    if (!isEmpty) endField();
    const record = isEmpty ? undefined : { line: firstLine, fields };
    fields = [];
    length = 0;
    return record;
  }

  function take(character: string): void {
    if (character === replacement) throw new CsvError(line, 'is not UTF-8: save the file as "CSV UTF-8"');
    if (state === 'quoted') {
      if (character === '"') state = 'closed';
      else field += character;
    } else if (character === delimiter) endField();
    else if (character === '"' && state === 'closed') {
      field += '"';
      state = 'quoted';
    } else if (character === '"' && state === 'start') state = 'quoted';
    else if (state === 'closed' || character === '"') {
      throw new CsvError(line, 'has a quote inside a field: put the field in quotes, and double those inside it');
    } else {
      field += character;
      state = 'bare';
    }
  }

  function* read(text: string): Generator<CsvRecord> {
    for (const character of withDelimiter(text)) {
      const isNewline = character === '\n' || character === '\r';
      const isSecondHalf = character === '\n' && afterReturn;
      afterReturn = character === '\r';
      if (isNewline && !isSecondHalf) line += 1;
      if ((length += 1) > maxRecordLength)
        throw new CsvError(firstLine, `has over ${maxRecordLength} characters: is a quote left open?`);
      if (!isNewline || state === 'quoted') {
        take(character);
        continue;
      }
      if (isSecondHalf) continue;
      const record = endRecord();
      firstLine = line;
      if (record) yield record;
    }
  }

  /** Holds text back until the whole first line is there, which names the columns and shows the delimiter. */
  function withDelimiter(text: string): string {
    if (delimiter !== undefined) return text;
    head += text;
    const end = head.search(/[\r\n]/);
    if (end < 0 && head.length < maxRecordLength) return '';
    return openWith(head.slice(0, end < 0 ? undefined : end));
  }

  function openWith(firstText: string): string {
    const count = (each: string) => firstText.split(each).length;
    delimiter = delimiters.toSorted((a, b) => count(b) - count(a))[0] as string;
    const text = head;
    head = '';
    return text;
  }

  return {
    read,
    *end(): Generator<CsvRecord> {
      if (delimiter === undefined) yield* read(openWith(head));
      if (state === 'quoted') throw new CsvError(firstLine, 'has a quote that is never closed');
      const record = endRecord();
      if (record) yield record;
    },
  };
}
