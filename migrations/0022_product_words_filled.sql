-- The words of the products that were there before: apart from what keeps them, so that none of its locks is held meanwhile. What was
-- renamed since has its words already, and loses here those that it had when this began.

insert into product_words (product_id, word)
select id, unnest(name_words(name)) from products where deleted_at is null
union select id, unnest(name_words(sku)) from products where deleted_at is null
on conflict do nothing;

with changed as materialized (
  select id, case when deleted_at is null then name_words(name) || coalesce(name_words(sku), '{}') else '{}' end as words
  from products where updated_at > now() - interval '1 hour'
)
delete from product_words using changed where product_id = id and word <> all (words collate "C");

insert into product_vocabulary (word)
select distinct word from product_words
where word ~ '^[^ 0-9]{3,}$' and not exists (select from product_vocabulary as known where known.word = product_words.word);

drop index products_search;
