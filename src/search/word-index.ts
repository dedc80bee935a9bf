// Owns finding rows by the words of their names: what a search asks for, and who answers to it, the best first.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../platform/database.ts';

/** Where the words of one kind of names are kept, by triggers; `search_words()` in the schema says what a word is. */
export interface WordIndex {
  /** The table of (owner, word). */
  words: string;
  /** Its column with the id of who has the name. */
  owner: string;
  /** The table of all words there are. */
  vocabulary: string;
}

interface AskedWord {
  word: string;
  /** How many names have just this word, and how many have one that begins with it: counted up to 300. */
  exact: number;
  beginning: number;
  /** Words there are that hold it or look like it, the most alike first. */
  similar: string[];
}

/** What is looked for. The rarest word leads: its owners are walked, and the other words looked up for each. */
export interface Search {
  /** All words of the text in one, as a name is kept whole. */
  whole: string;
  words: [AskedWord, ...AskedWord[]];
}

/**
 * How well a name answers. 0: it is just what was typed, words in any order. 1: it has all the words. 2: it has words that
 * begin so. From 3 on, only where nobody answers better: it has a word that is like the leading one, the most alike first.
 */
export type Tier = number;

export const beginningTier: Tier = 2;
const similarTier: Tier = 3;
const maxSimilar = 5;

export const isTier = (value: unknown): value is Tier =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < similarTier + maxSimilar;

/** A search has no use for more: what is typed or pasted beyond them adds nothing but cost. The longest tell the most. */
const maxWords = 8;
const enough = 300;
/** After every word that begins with what it is put behind. */
const last = '\u{10ffff}';

/** Undefined for a text without a letter or a digit. */
export async function readSearch(db: Kysely<Database>, index: WordIndex, text: string): Promise<Search | undefined> {
  const count = (condition: RawBuilder<unknown>) =>
    sql`(select count(*) from (select from ${sql.table(index.words)} where ${condition} limit ${enough}) as counted)::integer`;
  const { rows } = await sql<Omit<AskedWord, 'similar'> & { whole: string }>`
    select word, ${count(sql`word = asked.word`)} as exact,
      ${count(sql`word >= asked.word and word < asked.word || ${last}`)} as beginning,
      left(' ' || array_to_string(words, ' '), 200) as whole
    from search_words(${text}) as words,
      lateral (select word from unnest(words) as word order by length(word) desc, word limit ${maxWords}) as asked
    order by beginning, length(word) desc, word`.execute(db);
  const [first, ...others] = rows.map((row): AskedWord => ({ ...row, similar: [] }));
  return first && { whole: rows[0]?.whole as string, words: [first, ...others] };
}

/** The tiers of names that have the words or their beginnings, those left out of which the counts say that nobody is there. */
function strictTiers({ words }: Search): Tier[] {
  if (words.some(({ beginning }) => beginning === 0)) return [];
  const tiers = words.every(({ exact }) => exact > 0) ? [0, 1] : [];
  const hasMore = words.some(({ exact, beginning }) => exact < beginning || beginning === enough);
  return hasMore ? [...tiers, beginningTier] : tiers;
}

/**
 * The same search with words that are like those typed: in place of those that nothing begins with, or of all where there is
 * no such word. Undefined where that finds nothing more. A word with digits is meant as it is.
 */
async function forgive(db: Kysely<Database>, index: WordIndex, search: Search): Promise<Search | undefined> {
  const [{ beginning }] = search.words;
  const asked = search.words.filter((each) => beginning > 0 || each.beginning === 0).map(({ word }) => word);
  const { rows } = await sql<{ word: string; similar: string[] }>`
    select word, array(
      select word from ${sql.table(index.vocabulary)} as known
      where known.word % asked.word or known.word like '%' || asked.word || '%'
      group by word order by similarity(known.word, asked.word) desc, word limit ${maxSimilar}) as similar
    from unnest(${asked.filter((word) => /^\P{N}{3,}$/u.test(word))}::text[]) as asked (word)`.execute(db);
  const found = new Map(rows.map(({ word, similar }) => [word, similar]));
  const words = search.words.map((each) => ({ ...each, similar: found.get(each.word) ?? [] }));
  const isHopeless =
    words.some((each) => each.beginning === 0 && each.similar.length === 0) ||
    words.every(({ word, similar }) => similar.every((other) => other.startsWith(word)));
  const [leading, ...others] = words.toSorted((a, b) => Number(b.similar.length > 0) - Number(a.similar.length > 0));
  return leading && !isHopeless ? { ...search, words: [leading, ...others] } : undefined;
}

const begins = (column: RawBuilder<unknown>, { word }: AskedWord) =>
  sql`${column} >= ${word} and ${column} < ${word + last}`;

const isLike = (column: RawBuilder<unknown>, asked: AskedWord) =>
  asked.similar.length === 0 ? begins(column, asked) : sql`${column} = any(${asked.similar}::text[])`;

type Condition = (column: RawBuilder<unknown>) => RawBuilder<unknown>;

/** A condition: that this owner has a word for which the condition holds. */
const has = ({ words, owner }: WordIndex, id: RawBuilder<unknown>, condition: Condition) => sql`exists (
    select from ${sql.table(words)} as other where other.${sql.ref(owner)} = ${id} and ${condition(sql`other.word`)})`;

/** Who is in a tier and in no better one: what one word of theirs is like, and what holds of whose it is. */
function conditionsOf(index: WordIndex, { whole, words }: Search, tier: Tier, id: RawBuilder<unknown>) {
  const [leading, ...others] = words;
  const equals =
    (word: string | undefined): Condition =>
    (column) =>
      sql`${column} = ${word}`;
  const haveExactly = others.map(({ word }) => has(index, id, equals(word)));
  if (tier === 0) return { leads: equals(whole), holds: [] };
  if (tier === 1) {
    return { leads: equals(leading.word), holds: [...haveExactly, sql`not ${has(index, id, equals(whole))}`] };
  }
  if (tier === beginningTier) {
    const isExact = sql.join([has(index, id, equals(leading.word)), ...haveExactly], sql` and `);
    return {
      leads: (column: RawBuilder<unknown>) =>
        others.length > 0 ? begins(column, leading) : sql`${begins(column, leading)} and ${column} > ${leading.word}`,
      holds: [...others.map((each) => has(index, id, (column) => begins(column, each))), sql`not (${isExact})`],
    };
  }
  const place = tier - similarTier;
  const closer = leading.similar.slice(0, place);
  return {
    leads: equals(leading.similar[place]),
    holds: [
      ...others.map((each) => has(index, id, (column) => isLike(column, each))),
      ...(closer.length === 0 ? [] : [sql`not ${has(index, id, (column) => sql`${column} = any(${closer}::text[])`)}`]),
    ],
  };
}

const all = (conditions: RawBuilder<unknown>[]) => sql.join(conditions, sql` and `);

/**
 * Those who answer to a search in this tier and in no better one, each once, as rows of `owner` and `key`: in order of key,
 * then newest first.
 * @param also a column of the table of words to have beside them
 */
export function answersIn(
  index: WordIndex,
  search: Search,
  tier: Tier,
  also?: string,
): RawBuilder<{ owner: string; key: string }> {
  const [id, word] = [sql`led.${sql.ref(index.owner)}`, sql`led.word`];
  const { leads, holds } = conditionsOf(index, search, tier, id);
  const first = search.words[0].word;
  // Who has two words that begin so is there by the first.
  const isFirst = sql`not ${has(index, id, (column) => sql`${column} >= ${first} and ${column} < ${word}`)}`;
  const isBeginning = tier === beginningTier;
  return sql`
    select ${id} as owner, ${isBeginning ? word : sql`''`} as key ${also === undefined ? sql`` : sql`, led.${sql.ref(also)}`}
    from ${sql.table(index.words)} as led
    where ${all([leads(word), ...holds, ...(isBeginning ? [isFirst] : [])])}`;
}

/** A condition: that who has this id is one of those whom `answersIn` lists. */
export function isAnswerIn(index: WordIndex, search: Search, tier: Tier, id: RawBuilder<unknown>): RawBuilder<unknown> {
  const { leads, holds } = conditionsOf(index, search, tier, id);
  return all([has(index, id, leads), ...holds]);
}

/** A condition: that who has this id answers to the search, in whatever tier. */
export const answers = (index: WordIndex, search: Search, id: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql<boolean>`(${all(search.words.map((each) => has(index, id, (column) => isLike(column, each))))})`;

/** Whether anybody has all the words of a search, or their beginnings. */
async function isAnswered(db: Kysely<Database>, index: WordIndex, search: Search): Promise<boolean> {
  const [leading, ...others] = search.words;
  if (leading.beginning === 0) return false;
  if (others.length === 0) return true;
  const id = sql`led.${sql.ref(index.owner)}`;
  const conditions = [
    begins(sql`led.word`, leading),
    ...others.map((each) => has(index, id, (column) => begins(column, each))),
  ];
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from ${sql.table(index.words)} as led where ${all(conditions)}) as found`.execute(db);
  return rows[0]?.found === true;
}

/**
 * For a list in another order than the best first: the search itself where names have its words or their beginnings, else
 * one among similar words, and the tier that says which. Undefined where nothing answers at all.
 * @param from the tier that was said for the page before
 */
export async function settleSearch(
  db: Kysely<Database>,
  index: WordIndex,
  search: Search,
  from: Tier | undefined,
): Promise<{ search: Search; tier: Tier } | undefined> {
  const isStrict = from === undefined ? await isAnswered(db, index, search) : from < similarTier;
  if (isStrict) return { search, tier: beginningTier };
  const forgiving = await forgive(db, index, search);
  return forgiving && { search: forgiving, tier: similarTier };
}

/** How much of a page a tier has filled. */
export type Filled = 'all' | 'some' | 'none';

/**
 * Goes through the tiers of a search until `visit` says that the page is full. Where no name at all has the words or their
 * beginnings, it goes through those that are similar.
 * @param from the tier in which the page before ended; undefined for the first page
 */
export async function walkTiers(
  db: Kysely<Database>,
  index: WordIndex,
  search: Search,
  from: Tier | undefined,
  visit: (search: Search, tier: Tier) => Promise<Filled>,
): Promise<void> {
  if (from === undefined || from < similarTier) {
    let isAnyoneThere = from !== undefined;
    for (const tier of strictTiers(search).filter((each) => each >= (from ?? 0))) {
      const filled = await visit(search, tier);
      if (filled === 'all') return;
      isAnyoneThere ||= filled === 'some';
    }
    if (isAnyoneThere || (await isAnswered(db, index, search))) return;
  }
  const forgiving = await forgive(db, index, search);
  const end = similarTier + (forgiving?.words[0].similar.length ?? 0);
  for (let tier = Math.max(from ?? 0, similarTier); tier < end; tier += 1) {
    if ((await visit(forgiving as Search, tier)) === 'all') return;
  }
}

/** Where a row stands among those that a search found. */
export interface Place {
  tier: Tier;
  key: string;
  id: string;
}

/**
 * One page of those who answer to a search, the best first.
 * @param pageOf lists those of a tier behind a place in it, as `answersIn` has them
 */
export async function listBestFirst<Row extends { id: string; key: string }>(
  db: Kysely<Database>,
  index: WordIndex,
  search: Search,
  after: Place | undefined,
  limit: number,
  pageOf: (asked: { search: Search; tier: Tier }, after: Place | undefined, limit: number) => Promise<Row[]>,
): Promise<(Row & { tier: Tier })[]> {
  const found: (Row & { tier: Tier })[] = [];
  await walkTiers(db, index, search, after?.tier, async (asked, tier) => {
    const begin = tier === after?.tier ? after : undefined;
    const page = await pageOf({ search: asked, tier }, begin, limit - found.length);
    for (const row of page) found.push({ ...row, tier });
    if (found.length === limit) return 'all';
    return page.length > 0 ? 'some' : 'none';
  });
  return found;
}

/** A condition on `found`, a subquery of `answersIn`: that it comes after this place. */
export const isAfter = ({ key, id }: { key: unknown; id: string }): RawBuilder<boolean> =>
  sql<boolean>`found.key >= ${key} and (found.key > ${key} or found.owner < ${id})`;
