-- The words of the customers who were there before: apart from what keeps them, so that orders don't wait for it. Who was
-- renamed since has their words already, and loses here those that they had when this began.

insert into customer_words (customer_id, user_id, word)
select id, user_id, unnest(name_words(name)) from customers on conflict do nothing;

with changed as materialized (
  select id, name_words(name) as words from customers where updated_at > now() - interval '1 hour'
)
delete from customer_words using changed where customer_id = id and word <> all (words collate "C");

insert into customer_vocabulary (word)
select distinct word from customer_words
where word ~ '^[^ 0-9]{3,}$' and not exists (select from customer_vocabulary as known where known.word = customer_words.word);

drop index customers_name_trgm;
