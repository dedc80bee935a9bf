-- How far texts have been removed by age, so that no row is looked at twice: all up to this id, which are in the order of time.
create table text_retention (
  texts text primary key check (texts in ('messages', 'incoming')),
  reached uuid not null
);
insert into text_retention (texts, reached) values
  ('messages', '00000000-0000-0000-0000-000000000000'), ('incoming', '00000000-0000-0000-0000-000000000000');
