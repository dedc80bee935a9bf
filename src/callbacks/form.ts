// Owns how a form is read (application/x-www-form-urlencoded), whatever bytes it holds.

/** What one name was given as; twice is a list. */
export type Form = Record<string, string | string[]>;

/** The bytes of a well-formed character of UTF-8 beyond ASCII, or one that is of none (RFC 3629, section 4). */
const characters =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

const windows1252 = new TextDecoder('windows-1252');

/**
 * Reads a form as the URL Standard does, with one difference: a byte that is no UTF-8 is a letter of Windows-1252, which is
 * what a phone or gateway meant by it, and spoils nothing around it. A `%` without two digits stands for itself.
 */
export function parseForm(body: Buffer): Form {
  const form: Form = Object.create(null) as Form;
  for (const pair of body.toString('latin1').split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decode(pair.slice(at + 1));
    const before = form[name];
    form[name] = before === undefined ? value : [before, value].flat();
  }
  return form;
}

/** @param text each of whose characters is a byte */
function decode(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes.replace(characters, (character) =>
    character.length === 1 && character >= '\x80'
      ? windows1252.decode(Buffer.from(character, 'latin1'))
      : Buffer.from(character, 'latin1').toString('utf8'),
  );
}
