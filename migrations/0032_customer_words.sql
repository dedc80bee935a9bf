-- Customers are found by the words of their names, as products are: see search_words().

create table customer_words (
  customer_id uuid not null,
  -- Whose orders are looked for: told by an index alone, since a family name has thousands.
  user_id uuid not null,
  word text collate "C" not null,
  primary key (customer_id, word)
);

create index customer_words_word on customer_words (word, customer_id desc) include (user_id);

create table customer_vocabulary (word text collate "C" not null);

create index customer_vocabulary_word on customer_vocabulary (word);
create index customer_vocabulary_like on customer_vocabulary using gin (word gin_trgm_ops);

-- Orders of newcomers wait for this; those of customers who are known do not come here.
create function keep_customer_words() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  words text[] := name_words(new.name);
begin
  if tg_op = 'UPDATE' then delete from customer_words where customer_id = new.id; end if;
  insert into customer_words (customer_id, user_id, word) select new.id, new.user_id, unnest(words);
  insert into customer_vocabulary (word)
  select word from unnest(words) as word
  where word ~ '^[^ 0-9]{3,}$' and not exists (select from customer_vocabulary as known where known.word = word.word);
  return null;
end $$;

create trigger customers_insert_words after insert on customers for each row execute function keep_customer_words();
create trigger customers_update_words after update of name on customers for each row
  when (old.name is distinct from new.name) execute function keep_customer_words();
