-- A line keeps what was sold as it was sold: the variant (where a product comes in one kind only, the product itself), its
-- name and SKU, and what the line comes to. Processes of the release before go on placing orders meanwhile: their lines
-- are completed as they are written. Lines that are there already are completed by the next migration.

-- In the order in which placing an order reaches for them, so that neither waits for the other in a circle.
lock table orders;
lock table order_lines;

alter table order_lines
  add column variant_id uuid,
  add column total_minor bigint,
  add column discount_minor bigint not null default 0,
  add column tax_minor bigint not null default 0,
  add column sku text,
  add column name text,
  add constraint order_lines_complete check (variant_id is not null and total_minor is not null and name is not null) not valid,
  -- A discount never gives money back. Where prices include tax, it is within the total; else it comes on top.
  add constraint order_lines_total check (
    discount_minor between 0 and quantity * price_minor and tax_minor >= 0
    and total_minor - (quantity * price_minor - discount_minor) in (0, tax_minor)) not valid;

create function complete_order_line() returns trigger language plpgsql as $$
begin
  new.variant_id := new.product_id;
  new.total_minor := new.quantity * new.price_minor;
  select sku, products.name into new.sku, new.name from products where id = new.product_id;
  -- There is no such product: what checks references says so.
  new.name := coalesce(new.name, '');
  return new;
end $$;

create trigger order_lines_of_before before insert on order_lines for each row
  when (new.variant_id is null) execute function complete_order_line();

-- Lines sum to their order, whose lines are all written by one statement. As look-ups by key and a grouping of what was
-- found: as a join it would be planned once a connection, see migration 0014.
create or replace function check_order_line_references() returns trigger language plpgsql as $$
declare
  missing integer;
  unequal integer;
begin
  if (select count(*) from products where id = any (array(select distinct product_id from added)))
    < (select count(distinct product_id) from added) then
    raise foreign_key_violation using message = 'an order line needs its product', constraint = 'order_lines_product_id';
  end if;
  select count(*) filter (where not has_order), count(*) filter (where rest <> 0) into missing, unequal
  from (
    select order_id, bool_or(is_order) as has_order, sum(minor) as rest
    from (
      select order_id, total_minor as minor, false as is_order from added
      union all
      select id, -total_minor, true from orders where id = any (array(select distinct order_id from added))
    ) as both_sides
    group by order_id
  ) as sums;
  if missing > 0 then
    raise foreign_key_violation using message = 'an order line needs its order', constraint = 'order_lines_order_id';
  end if;
  if unequal > 0 then
    raise check_violation using message = 'the lines of an order sum to its total', constraint = 'order_lines_sum';
  end if;
  return null;
end $$;

drop trigger orders_stay on orders;
create trigger orders_stay before delete or truncate or update of id, customer_id, currency, total_minor on orders
  for each statement execute function keep_rows();

-- Until all lines are complete, what completes them may be written.
drop trigger order_lines_stay on order_lines;
create trigger order_lines_stay before delete or truncate
  or update of order_id, position, id, product_id, quantity, price_minor, took_stock, discount_minor, tax_minor on order_lines
  for each statement execute function keep_rows();
