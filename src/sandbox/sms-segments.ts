// Owns how many segments a text is sent and charged as (3GPP TS 23.038 and 23.040).

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extended = new Set('\f^{}\\[~]|€');

/** Septets in the GSM 7-bit alphabet; undefined when the text needs UCS-2. */
function septets(text: string): number | undefined {
  let count = 0;
  for (const character of text) {
    if (basic.has(character)) count += 1;
    else if (extended.has(character)) count += 2;
    else return undefined;
  }
  return count;
}

/** 160 characters fit one segment, or 153 each of several; in UCS-2, 70 and 67. */
export function countSegments(text: string): number {
  const inGsm = septets(text);
  const [units, single, joined] = inGsm === undefined ? [text.length, 70, 67] : [inGsm, 160, 153];
  return units <= single ? 1 : Math.ceil(units / joined);
}
