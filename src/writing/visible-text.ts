// Owns what is taken out of texts that people write and others read.

// Characters that can't be seen make a text look like another, run backwards, or hide what it holds.

/** Whatever has a character that may have to go, or isn't composed: nearly all texts of ASCII have none. */
export const worthALook = /[^\n\r\t\x20-\x7e]/;

/**
 * Characters without a shape of their own: controls, marks of direction, zero-width ones, fillers, tags, variation selectors
 * (Unicode's Default_Ignorable_Code_Point, Cc, and a few that look blank). Signs that are shown, such as those of Arabic
 * numbers, are not among them.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\u2800\ufff9-\ufffc\u{1d159}]/u;

/** Behind these a joiner shapes letters: it belongs to how the word is written. */
const joining =
  /^(?!\p{Default_Ignorable_Code_Point})[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Nko}\p{scx=Mandaic}\p{scx=Mongolian}\p{scx=Adlam}\p{scx=Devanagari}\p{scx=Bengali}\p{scx=Gurmukhi}\p{scx=Gujarati}\p{scx=Oriya}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Kannada}\p{scx=Malayalam}\p{scx=Sinhala}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]$/u;
const mongolian = /^\p{Script=Mongolian}$/u;
const pictogram = /^\p{Extended_Pictographic}$/u;
const emoji = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u;
/** What is drawn as an emoji or as a sign, as the selector behind it says: keycaps are digits. */
const hasEmojiForm = /^[\p{Extended_Pictographic}\p{Emoji}]$/u;
const ideograph = /^\p{Unified_Ideograph}$/u;

/** The flags of England, Scotland and Wales, which are written in tags. */
const tagFlags =
  /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;

/**
 * The text as it is seen, in composed letters (NFC): what looks the same is the same. Joiners stay inside the scripts and
 * emoji that need them, and a variation selector behind what has variations.
 */
export function visibleText(text: string): string {
  if (!worthALook.test(text)) return text;
  const flags = [...text.matchAll(tagFlags)].map(({ index, 0: flag }) => [index, index + flag.length] as const);
  let visible = '';
  let at = 0;
  let previous = '';
  for (const character of text) {
    const isKept =
      !invisible.test(character) ||
      flags.some(([from, to]) => at >= from && at < to) ||
      belongs(character, previous, text, at + character.length);
    at += character.length;
    // Form feeds and the like part words.
    if (isKept || /[\v\f\x85]/.test(character)) {
      previous = isKept ? character : ' ';
      visible += previous;
    }
  }
  return visible.normalize('NFC');
}

/** @param previous the character before, of those that are kept @param next where the one behind begins */
function belongs(character: string, previous: string, text: string, next: number): boolean {
  switch (character) {
    case '\n':
    case '\r':
    case '\t':
      return true;
    case '\u200c':
      return joining.test(previous);
    case '\u200d':
      return emoji.test(previous)
        ? pictogram.test(String.fromCodePoint(text.codePointAt(next) ?? 0))
        : joining.test(previous);
    case '\ufe0e':
    case '\ufe0f':
      return hasEmojiForm.test(previous);
  }
  if (/[\u180b-\u180f]/.test(character)) return mongolian.test(previous);
  return /[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/u.test(character) && ideograph.test(previous);
}
