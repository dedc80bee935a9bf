// Owns the facts about the words that names are found by: how they are folded, and that rows of before have theirs.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop } from '../support/catalog.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ worker: false });
});

afterAll(() => service.stop());

async function wordsOf(texts: string[], madeBy: 'search_words' | 'name_words' = 'search_words'): Promise<string[][]> {
  const { rows } = await sql<{ words: string[] }>`
    select ${sql.raw(madeBy)}(text) as words from unnest(${texts}::text[]) with ordinality as given (text, place)
    order by place`.execute(service.db);
  return rows.map(({ words }) => words);
}

test.each([
  ['Nyokabi wa Mũthĩga', 'muthiga nyokabi wa'],
  ['Nyokabi wa Mu\u0303thi\u0303ga', 'muthiga nyokabi wa'],
  ["Thiong'o", 'thiongo'],
  ['Thĩong’o Thĩongʼo Thĩong‘o Thĩong`o Thĩong´o Thĩongʻo Thĩong＇o Thĩong′o Thĩongo', 'thiongo'],
  ['Ṣọlá SỌLA', 'sola'],
  ['Crème_brûlée', 'brulee creme'],
  ['a.b/c-d:e,f;g|h(i)j&k@l#m+n', 'a b c d e f g h i j k l m n'],
  ['῍va ꞋLo ῟o', 'lo o va'],
  ['2kg 500ml A15 iPhone16e', '2 500 a15 e iphone16 kg ml'],
  ['Straße STRAẞE strasse', 'strasse'],
  ['İstanbul Istanbul ıstanbul', 'istanbul'],
  ['ΟΔΟΣ οδός', 'οδοσ'],
  ['Ｆｕｌｌ　ｗｉｄｔｈ １２', '12 full width'],
  ['ﬁg ﬂour', 'fig flour'],
  ['Ɗan Ƙasa Ɓera Ƴar', 'bera dan kasa yar'],
  ['Ŋaŋ Ɖɔkɔ Ɛsi ɲɛ', 'doko esi ngang nye'],
  ['Æsir Øre Łódź Đorđe Þór Œuvre', 'aesir dorde lodz oeuvre ore thor'],
  ['Нұр Ёлка', 'елка нұр'],
  ['مُحَمَّد محمّد محـمد', 'محمد'],
  ['أحمد احمد', 'احمد'],
  ['٢٠٢٥ ۲۰۲۵ 2025', '2025'],
  ['ሰላም፣ ዓለም', 'ሰላም ዓለም'],
  ['हिन्दी', 'हिन्दी'],
  ['北京 大学', '北京 大学'],
  ['soft\u00adhyphen zero\u200bwidth \u202eturned\u202c', 'softhyphen turned zerowidth'],
  ['Samsung™ Coca-Cola®', 'coca cola samsungtm'.replace('tm', '')],
  ['x² ½', '1 2 x2'],
  ['  ', ''],
  ["%'--_“”…", ''],
  ['🙂 👩‍🌾', ''],
  ['', ''],
])('%s has the words %s', async (text, words) => {
  expect((await wordsOf([text]))[0]?.join(' ')).toBe(words);
});

test('a name is found by its words, by what follows an apostrophe, and whole', async () => {
  expect((await wordsOf(["L'huile d’olive", 'Mug', '!!'], 'name_words')).map((words) => words.toSorted())).toEqual([
    [' dolive lhuile', 'd', 'dolive', 'huile', 'l', 'lhuile', 'olive'],
    [' mug', 'mug'],
    [],
  ]);
});

test('a word has forty letters at most, so that an index holds the longest name there can be', async () => {
  const [words] = await wordsOf(['\ufdfa'.repeat(200), 'x'.repeat(200)], 'name_words');
  expect(words?.every((word) => word.length <= 200)).toBe(true);
  const shop = await openShop(service);
  const category = await shop.category('Long');
  for (const name of ['\ufdfa'.repeat(200), '㍿'.repeat(200), '𝕏'.repeat(100), "a'".repeat(100)]) {
    expect(await shop.product({ category, name })).toMatchObject({ name });
  }
});

test('folding what is folded changes nothing, and a text folds like itself without its marks', async () => {
  const seed = Date.now() % 2 ** 31;
  const texts = fc
    .sample(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.string({
          unit: fc.constantFrom(
            'a',
            'E',
            'N',
            "'",
            '’',
            ' ',
            '_',
            '1',
            'ß',
            'ĩ',
            'Ũ',
            'ṣ',
            'Ø',
            'ɗ',
            'İ',
            '\u0300',
            '\u0323',
            '\u0308',
          ),
          maxLength: 40,
        }),
      ),
      { numRuns: 3_000, seed },
    )
    .filter((text) => !text.includes('\0') && text.isWellFormed());
  const once = await wordsOf(texts);
  expect(await wordsOf(once.map((words) => words.join(' '))), `seed ${seed}`).toEqual(once);
  const decomposed = await wordsOf(texts.map((text) => text.normalize('NFD')));
  expect(decomposed, `seed ${seed}`).toEqual(once);
});

/** Runs the migration again that fills this table, all but its end. */
async function fill(table: string): Promise<void> {
  const file = readdirSync('migrations').find((name) => name.endsWith(`_${table}_filled.sql`));
  for (const statement of readFileSync(`migrations/${file}`, 'utf8').split(';')) {
    if (/insert|delete/.test(statement)) await sql.raw(statement).execute(service.db);
  }
}

test('products that were there before have their words too', async () => {
  const shop = await openShop(service);
  const category = await shop.category('Before');
  const kept = await shop.product({ category, name: 'Kept mũg', sku: 'KEPT-1' });
  const renamed = await shop.product({ category, name: 'Renamed' });
  await sql`delete from product_words`.execute(service.db);
  await sql`insert into product_words values (${renamed.id}, 'formerly')`.execute(service.db);
  await fill('product_words');
  const { rows } = await sql<{ word: string }>`
    select word from product_words where product_id = any(${[kept.id, renamed.id]}::uuid[]) order by 1`.execute(
    service.db,
  );
  expect(rows.map(({ word }) => word)).toEqual([' 1 kept', ' kept mug', ' renamed', '1', 'kept', 'mug', 'renamed']);
});
