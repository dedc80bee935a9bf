// Owns when a text asks for no more SMS, in English and Swahili, and when it only may: then it is asked what is meant.

import type { Language } from '../customers/customer.ts';

const setOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Alone, each of these ends SMS. */
const stopWords = new Map<string, Language>([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'QUIT', 'END', 'OPTOUT', 'REMOVEME'].map((word) => [word, 'en'] as const),
  ...['SIMAMA', 'SIMAMISHA', 'ACHA', 'ACHENI', 'KOMA', 'SITAKI', 'SITAKITENA'].map((word) => [word, 'sw'] as const),
]);

/** What is said around a word without changing what it means. */
export const politeWords = setOf(`
  PLEASE PLS PLZ PLIZ KINDLY THANKS THANK THANKYOU THX TNX YOU SIR MADAM HI HELLO HEY DEAR OK OKAY NOW IMMEDIATELY AT ONCE
  TAFADHALI TAFADHARI ASANTE ASANTENI SANA SAWA SASA HABARI HUJAMBO NAOMBA`);

/** What shows that SMS are spoken of. */
const messageWords = setOf(`
  SMS SMSES MESSAGE MESSAGES MSG MSGS TEXT TEXTS TXT TXTS TEXTING MESSAGING SEND SENDING RECEIVING SPAM SPAMMING NOTIFICATION
  NOTIFICATIONS NOTIFYING ALERTS UPDATES SUBSCRIPTION ADVERTS ADS PROMOTIONS PROMOS
  UJUMBE JUMBE MESEJI KUTUMA KUNITUMIA KUPOKEA MSINITUMIE USINITUMIE MATANGAZO`);

const endingWords = setOf(`
  STOP STOPALL UNSUBSCRIBE QUIT END OPTOUT OPT OUT CANCEL REMOVE SIMAMISHA ACHA ACHENI KOMESHA FUTA`);

const denials = setOf('NO NOT DONT NEVER SITAKI MSINITUMIE USINITUMIE');

/** What makes of a denial a wish: "I do not receive SMS" is a complaint. */
const wishes = setOf('WANT NEED LIKE MORE SEND SENDING TEXTING MESSAGING SITAKI MSINITUMIE USINITUMIE');

const isWish = (said: readonly string[]): boolean =>
  said.some((word) => wishes.has(word)) || /\b(?:DONT|DO NOT|NEVER) (?:TEXT|TXT|MESSAGE|SMS)\b/.test(said.join(' '));

const glue = setOf(`
  I IM ID ME MY US WE YOUR THE A THESE THIS THAT THOSE ALL ANY ANYMORE MORE TO FROM OF OFF IT AND AGAIN WANT WOULD LIKE NEED
  DO CAN WITH ON NUMBER PHONE FOR THEM GETTING HIZI HII HIYO HIZO ZENU YENU ZAKO TENA YOTE ZOTE KWA KWANGU NAMBA YANGU NATAKA`);

/** A short code of a network, as people repeat what they were told to text: STOP to 22384. */
const shortCode = /^\d{5}$/;

/**
 * The language in which a text asks for no more SMS. STOP alone or with politeness does, and so does a sentence that is
 * about nothing but messages. Undefined for all else: "Stop my order" wants its SMS.
 * @param words in capitals, without punctuation
 */
export function readStopRequest(words: readonly string[]): Language | undefined {
  const [first, ...others] = words;
  const said = (first === 'AGIZO' ? others : words).filter((word) => !politeWords.has(word) && !shortCode.test(word));
  if (said.length === 0) return undefined;
  const together = stopWords.get(said.join(''));
  if (together) return together;
  if (said.every((word) => stopWords.has(word))) return stopWords.get(said[0] ?? '');

  const isAboutMessages =
    said.some((word) => messageWords.has(word)) &&
    said.every((word) => [messageWords, endingWords, denials, glue].some((known) => known.has(word)));
  if (!isAboutMessages) return undefined;
  const ends = said.some((word) => endingWords.has(word));
  const denies = said.some((word) => denials.has(word));
  // "Don't stop sending me SMS" is both.
  if (ends === denies || (denies && !isWish(said))) return undefined;
  return said.some((word) => swahili.has(word)) ? 'sw' : 'en';
}

const swahili = setOf('SIMAMISHA ACHA ACHENI KOMESHA FUTA SITAKI MSINITUMIE USINITUMIE');

/** Whether a text that asks for nothing that is understood may ask for no more SMS. @param words as above */
export function mayBeStopRequest(words: readonly string[]): boolean {
  const said = words.filter((word) => !politeWords.has(word));
  return (
    stopWords.has(said[0] ?? '') || words.some((word) => plainStopWords.has(word)) || /OPT ?OUT/.test(words.join(' '))
  );
}

/** Those that mean nothing else in a sentence. */
const plainStopWords = setOf('STOP STOPALL UNSUBSCRIBE STOPPED STOPPING');
