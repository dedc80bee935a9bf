-- Of a customer's orders that were placed in the same moment with different numbers, only the last number was kept as theirs: the numbers of
-- the next 5,000 orders.
with batch as materialized (
  select id, customer_id, user_id, phone_number from orders
  where id > coalesce($1, '00000000-0000-0000-0000-000000000000')::uuid order by id limit 5000
), numbers as (
  insert into customer_phone_numbers (phone_number, user_id)
  select distinct batch.phone_number, batch.user_id from batch join customers on customers.id = customer_id and customers.user_id = batch.user_id
  where batch.phone_number <> '' order by 1, 2
  on conflict do nothing
)
select (array_agg(id order by id desc))[1]::text as reached from batch having count(*) = 5000
