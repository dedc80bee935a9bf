-- The checks of what a group's orders and lines point at, written as look-ups by key. As joins they were planned once a
-- connection, when the shop was small, and from then on read every customer, product and order there was for each group.

create or replace function check_order_references() returns trigger language plpgsql as $$
begin
  if (select count(*) from customers where id = any (array(select distinct customer_id from added)))
    < (select count(distinct customer_id) from added) then
    raise foreign_key_violation using message = 'an order needs its customer', constraint = 'orders_customer_id';
  end if;
  return null;
end $$;

create or replace function check_order_line_references() returns trigger language plpgsql as $$
begin
  if (select count(*) from products where id = any (array(select distinct product_id from added)))
    < (select count(distinct product_id) from added) then
    raise foreign_key_violation using message = 'an order line needs its product', constraint = 'order_lines_product_id';
  end if;
  if (select count(*) from orders where id = any (array(select distinct order_id from added)))
    < (select count(distinct order_id) from added) then
    raise foreign_key_violation using message = 'an order line needs its order', constraint = 'order_lines_order_id';
  end if;
  return null;
end $$;
