-- Products are found by the words of their names, however they are written: without their marks, in any case, the same for
-- whoever types "Thiong'o" and whoever types "Thĩong’o". The index of trigrams knew neither, and read thousands of names for
-- each word of a search.

-- The words that a text is searched by and found by: the only place where they are made, so that both are the same. Folding:
-- compatibility decomposition (full width, ligatures), marks, apostrophes, joiners and invisible characters taken out, lower
-- case, and the letters that don't decompose as people without them on their keys type them. A word begins after anything that
-- is neither a letter nor a digit, and where letters follow a digit: "2kg" is "2 kg".
create function search_words(text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  -- Spacing accents decompose into a blank and a mark, and a trade mark into letters of the word before it.
  folded text := normalize(translate($1, E'῍῎῏῝῞῟Ꞌ´΄᾽᾿\u1ffd῾™℠', repeat('''', 15)), nfkd);
begin
  folded := regexp_replace(folded collate "und-x-icu",
    '[''`\u02b9\u02bb-\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3\u2018\u2019\u201b\u2032\u2035\ua78c'
    '\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff'
    '\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670'
    '\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u07fd\u135d-\u135f\u1ab0-\u1aff\u1dc0-\u1dff'
    '\u20d0-\u20ff\u2de0-\u2dff\u3099\u309a\ua66f-\ua67d\ua69e\ua69f\ua6f0\ua6f1\ufe00-\ufe0f\ufe20-\ufe2f'
    '\U00016af0-\U00016af4\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a\U000e0100-\U000e01ef]+', '', 'g');
  folded := translate(lower(folded collate "und-x-icu"),
    'ıɨɩɪłɫɬøɵɔđðɖɗħɦŧƭʈɓƀƈɛəǝɇƒɠɣɡƙƞɳƥɍɽʂʉʊʋⱱɏƴƶȥɑȷɉɋς٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
    'iiiillloooddddhhtttbbceeeefgggknnprrsuuvvyyzzajjqσ01234567890123456789');
  folded := replace(replace(replace(replace(replace(replace(folded,
    'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'), 'ŋ', 'ng'), 'ɲ', 'ny');
  folded := regexp_replace(folded collate "und-x-icu", '([[:digit:]])(?=[[:alpha:]])', '\1 ', 'g');
  -- Of the scripts whose vowels are marks no letter may be lost: all of their blocks is taken for letters.
  return array(
    select distinct left(word, 40) collate "C" as word
    from regexp_split_to_table(folded collate "und-x-icu", '[^[:alnum:]\u0900-\u109f\u1780-\u17ff]+') as word
    where word <> '' order by word);
end $$;

-- What a name is found by: its words, what follows an apostrophe ("huile" in "l'huile"), and all its words in one, after a
-- blank, by which a name that was typed whole is told from those that only hold it.
create function name_words(text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  words text[] := search_words($1);
  apart text := translate($1, '''`´ʹʻʼʽʾʿˈˊˋʹ՚׳‘’‛′‵ꞌ', repeat(' ', 21));
begin
  if words = '{}' then return words; end if;
  words := words || left(' ' || array_to_string(words, ' '), 200);
  if apart = $1 then return words; end if;
  return array(select unnest(words) union select unnest(search_words(apart)));
end $$;

-- Products never go away, so that what points at them here is not checked for each row.
create table product_words (
  product_id uuid not null,
  word text collate "C" not null,
  primary key (product_id, word)
);

-- From the newest on, for as many as a page wants.
create index product_words_word on product_words (word, product_id desc);

-- Each word that any product has or had, in which what was misspelt is looked for. Nothing keeps two transactions from writing
-- the same one, since they would wait for each other, and nothing minds.
create table product_vocabulary (word text collate "C" not null);

create index product_vocabulary_word on product_vocabulary (word);
create index product_vocabulary_like on product_vocabulary using gin (word gin_trgm_ops);

-- By a trigger, because it must hold whoever writes. Its plans are kept from when the tables were empty, and would read them
-- whole from then on.
create function keep_product_words() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  words text[] := name_words(new.name) || coalesce(name_words(new.sku), '{}');
begin
  if tg_op = 'UPDATE' then delete from product_words where product_id = new.id; end if;
  if new.deleted_at is not null then return null; end if;
  insert into product_words (product_id, word) select new.id, unnest(words) on conflict do nothing;
  insert into product_vocabulary (word)
  select word from unnest(words) as word
  where word ~ '^[^ 0-9]{3,}$' and not exists (select from product_vocabulary as known where known.word = word.word);
  return null;
end $$;

create trigger products_insert_words after insert on products for each row execute function keep_product_words();
create trigger products_update_words after update of name, sku, deleted_at on products for each row
  when (old.name is distinct from new.name or old.sku is distinct from new.sku or old.deleted_at is distinct from new.deleted_at)
  execute function keep_product_words();
