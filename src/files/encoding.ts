// Owns turning the bytes of a file that people send into text: in which encoding they are, and which byte doesn't fit.

import { isUtf8 } from 'node:buffer';

/** Why the bytes after the text given so far are not text. */
export interface NotText {
  /** The end of a sentence about the place where it is. */
  problem: string;
  /** An encoding in which the whole would be text; undefined where the file is UTF-8 elsewhere, or is no text at all. */
  suggestion?: string;
}

/** True for names of encodings as the web knows them (encoding.spec.whatwg.org): `utf-8`, `windows-1252`, `latin1`, `macintosh`. */
export function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}

const utf16: Record<string, string> = { fffe: 'utf-16le', feff: 'utf-16be' };
/** How files begin that a spreadsheet keeps for itself: xlsx and ods are ZIP, xls is OLE. */
const workbooks = ['504b0304', 'd0cf11e0'];
const shownBefore = 20;

/**
 * The text of a file, a piece for each piece of bytes, and as the last piece what is wrong, if anything is. A byte order mark wins over
 * `encoding`; without one and without the other it is UTF-8, or UTF-16 where every other byte at the beginning is zero.
 */
export async function* readText(bytes: AsyncIterable<Uint8Array>, encoding?: string): AsyncGenerator<string | NotText> {
  const pieces = withWholeStart(bytes);
  try {
    const { value: start = Buffer.alloc(0) } = await pieces.next();
    yield* decode(start, pieces, encoding);
  } finally {
    await pieces.return(undefined);
  }
}

async function* decode(
  start: Buffer,
  pieces: AsyncIterable<Buffer>,
  encoding: string | undefined,
): AsyncGenerator<string | NotText> {
  const first = start.toString('hex', 0, 4);
  if (workbooks.includes(first)) {
    yield { problem: 'is the beginning of a spreadsheet and not of text: save it as "CSV UTF-8"' };
    return;
  }
  const found = utf16[first.slice(0, 4)] ?? (start.toString('hex', 0, 3) === 'efbbbf' ? 'utf-8' : undefined);
  const chosen = found ?? encoding ?? guessed(first) ?? 'utf-8';
  const decoder = new TextDecoder(chosen);
  if (decoder.encoding === 'utf-8') {
    yield* decodeUtf8(joined(start, pieces));
    return;
  }
  for await (const piece of joined(start, pieces)) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

const guessed = (first: string): string | undefined =>
  /^(?!00)..00(?!00)..00$/.test(first) ? 'utf-16le' : /^00(?!00)..00(?!00)..$/.test(first) ? 'utf-16be' : undefined;

/** The same bytes, and four of them at least in the first piece, if there are as many. */
async function* withWholeStart(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of bytes) {
    const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (!start) {
      yield buffer;
      continue;
    }
    start = Buffer.concat([start, buffer]);
    if (start.length < 4) continue;
    yield start;
    start = undefined;
  }
  if (start) yield start;
}

async function* joined(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  yield* rest;
}

async function* decodeUtf8(pieces: AsyncIterable<Buffer>): AsyncGenerator<string | NotText> {
  const decoder = new TextDecoder('utf-8');
  let cut: Buffer = Buffer.alloc(0);
  let shown = '';
  let isPlain = true;
  for await (const piece of pieces) {
    const all = cut.length === 0 ? piece : Buffer.concat([cut, piece]);
    const whole = all.subarray(0, all.length - cutOff(all));
    const good = isUtf8(whole) ? whole : whole.subarray(0, firstBad(whole));
    cut = all.subarray(good.length);
    const text = decoder.decode(good, { stream: true });
    shown = (shown + text.slice(-shownBefore)).slice(-shownBefore);
    isPlain &&= Buffer.byteLength(text) === text.length;
    yield text;
    if (good !== whole) break;
  }
  if (cut.length > 0) yield notUtf8(cut[0] as number, shown, isPlain);
}

/** How many bytes at the end begin a character whose other bytes are not there yet. */
function cutOff(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

const lengthOf = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1);

function firstBad(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at] as number);
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}

function notUtf8(byte: number, shown: string, isPlain: boolean): NotText {
  const before = /[^\r\n]*$/.exec(shown)?.[0] ?? '';
  const what = `has the byte ${byte.toString(16).toUpperCase().padStart(2, '0')}${before === '' ? '' : ` after ${JSON.stringify(before)}`}, which is not UTF-8`;
  if (!isPlain) return { problem: `${what}, as the lines before are: mend it there` };
  const character = new TextDecoder('windows-1252').decode(Uint8Array.of(byte));
  return {
    problem: `${what}, but would be "${character}" in Windows-1252: save the file as "CSV UTF-8"`,
    suggestion: 'windows-1252',
  };
}
