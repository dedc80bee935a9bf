// Owns how a text travels as an SMS: its alphabet, and the segments that it is sent and charged as.
//
// Source: 3GPP TS 23.038, section 6.2.1 (the GSM 7-bit default alphabet and its extension table), and TS 23.040, section
// 9.2.3.24.1 (a message in several segments gives each a header, and no character is split between two).

export type SmsEncoding = 'GSM-7' | 'UCS-2';

export interface SmsMeasure {
  encoding: SmsEncoding;
  /** As a phone counts them: one of the extension table is two in GSM-7, an emoji two in UCS-2. */
  characters: number;
  /** At least one, since an empty text is sent too. */
  segments: number;
  /** How many more fit before another segment begins. */
  charactersLeft: number;
  /** What GSM-7 doesn't have, each once: what turns the whole text into UCS-2. */
  notInGsm: string[];
}

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extension = new Set('\f^{}\\[~]|€');

/** What a single segment holds, and each of several. */
const capacities: Record<SmsEncoding, { single: number; joined: number }> = {
  'GSM-7': { single: 160, joined: 153 },
  'UCS-2': { single: 70, joined: 67 },
};

export function measureSms(text: string): SmsMeasure {
  const all = Array.from(text);
  const notInGsm = [...new Set(all.filter((character) => !basic.has(character) && !extension.has(character)))];
  const encoding: SmsEncoding = notInGsm.length === 0 ? 'GSM-7' : 'UCS-2';
  const widths = all.map((character) => (encoding === 'UCS-2' ? character.length : extension.has(character) ? 2 : 1));
  const characters = widths.reduce((sum, width) => sum + width, 0);
  const { single, joined } = capacities[encoding];
  if (characters <= single) return { encoding, characters, segments: 1, charactersLeft: single - characters, notInGsm };
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > joined) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return { encoding, characters, segments, charactersLeft: joined - used, notInGsm };
}

/** Letters that Unicode doesn't take apart into one of GSM-7 and a mark: those of Hausa, Ewe, Swahili's neighbours and others. */
const plainLetters = new Map(
  Object.entries({
    ...{
      ɓ: 'b',
      Ɓ: 'B',
      ɗ: 'd',
      Ɗ: 'D',
      ɖ: 'd',
      Ɖ: 'D',
      đ: 'd',
      Đ: 'D',
      ð: 'd',
      Ð: 'D',
      ɛ: 'e',
      Ɛ: 'E',
      ə: 'e',
      Ə: 'E',
    },
    ...{ ƒ: 'f', Ƒ: 'F', ɠ: 'g', Ɠ: 'G', ɣ: 'g', Ɣ: 'G', ħ: 'h', Ħ: 'H', ı: 'i', ɨ: 'i', Ɨ: 'I', ɩ: 'i', Ɩ: 'I' },
    ...{ ƙ: 'k', Ƙ: 'K', ł: 'l', Ł: 'L', ŋ: 'ng', Ŋ: 'Ng', ɲ: 'ny', Ɲ: 'Ny', ɔ: 'o', Ɔ: 'O', œ: 'oe', Œ: 'Oe' },
    ...{ þ: 'th', Þ: 'Th', ŧ: 't', Ŧ: 'T', ƭ: 't', Ƭ: 'T', ʋ: 'v', Ʋ: 'V', ʉ: 'u', Ʉ: 'U', ƴ: 'y', Ƴ: 'Y', ẞ: 'SS' },
    ...{
      '‘': "'",
      '’': "'",
      ʼ: "'",
      ʻ: "'",
      ꞌ: "'",
      '´': "'",
      '`': "'",
      ʹ: "'",
      '′': "'",
      '“': '"',
      '”': '"',
      '„': '"',
    },
    ...{ '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-' },
  }),
);

/** Letters, apostrophes and dashes as GSM-7 has them, where that is how one writes them without: Wanjirũ becomes Wanjiru, Ƙasa Kasa. */
export const toGsmLetters = (text: string): string =>
  Array.from(text.normalize('NFC'), (character) => {
    if (basic.has(character)) return character;
    const plain = character.normalize('NFD').replace(/\p{M}/gu, '');
    return plainLetters.get(plain) ?? plain;
  }).join('');
