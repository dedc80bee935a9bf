-- Orders, their lines, and what happened to them after they were placed.

-- What an order's code is made from: see src/orders/order-code.ts.
create sequence order_numbers as bigint minvalue 0 maxvalue 34359738367;

create table orders (
  id uuid primary key,
  number bigint not null unique default nextval('order_numbers'),
  customer_id uuid not null,
  -- Whose order it is, as tokens say it: customers.user_id.
  user_id uuid not null,
  status text not null check (status in ('pending', 'confirmed', 'dispatched', 'completed', 'cancelled')),
  version integer not null default 1,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  total_minor bigint not null check (total_minor >= 0),
  -- The customer as they were when they placed it.
  name text not null,
  email text not null,
  phone_number text not null check (phone_number ~ '^\+[0-9]{7,15}$'),
  address text not null,
  -- UUIDv5 of the user and the Idempotency-Key: a retry finds the order it made. Null without a key.
  idempotency_id uuid unique,
  -- Half of a SHA-256 over what was asked for, to tell a retry from another request under the same key.
  fingerprint uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((idempotency_id is null) = (fingerprint is null))
);

create index orders_user on orders (user_id, id desc);
create index orders_status on orders (status, id desc);

create table order_lines (
  order_id uuid not null,
  position smallint not null check (position between 1 and 200),
  id uuid not null,
  product_id uuid not null,
  quantity integer not null check (quantity between 1 and 1000000),
  price_minor bigint not null check (price_minor >= 0),
  -- Whether the product's stock was counted when this was ordered, so that cancelling gives back just what was taken.
  took_stock boolean not null,
  primary key (order_id, position)
);

-- The foreign keys of what intake writes, checked once for all the rows of a statement. PostgreSQL's own check runs a
-- query for each row and each key, which costs as much as all the rest of placing an order. Checking on insert is
-- enough because what these rows point at can't go away: see keep_rows below.
create function check_order_references() returns trigger language plpgsql as $$
begin
  if exists (select from added where not exists (select from customers where customers.id = added.customer_id)) then
    raise foreign_key_violation using message = 'an order needs its customer', constraint = 'orders_customer_id';
  end if;
  return null;
end $$;

create function check_order_line_references() returns trigger language plpgsql as $$
begin
  if exists (select from added where not exists (select from products where products.id = added.product_id)) then
    raise foreign_key_violation using message = 'an order line needs its product', constraint = 'order_lines_product_id';
  end if;
  if exists (select from added where not exists (select from orders where orders.id = added.order_id)) then
    raise foreign_key_violation using message = 'an order line needs its order', constraint = 'order_lines_order_id';
  end if;
  return null;
end $$;

create trigger orders_refer after insert on orders referencing new table as added
  for each statement execute function check_order_references();
create trigger order_lines_refer after insert on order_lines referencing new table as added
  for each statement execute function check_order_line_references();

create function keep_rows() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = format('rows of %I stay, with the id and the lines they have', tg_table_name);
end $$;

create trigger customers_stay before delete or truncate or update of id on customers
  for each statement execute function keep_rows();
create trigger products_stay before delete or truncate or update of id on products
  for each statement execute function keep_rows();
create trigger orders_stay before delete or truncate or update of id, customer_id on orders
  for each statement execute function keep_rows();
create trigger order_lines_stay before delete or truncate or update on order_lines
  for each statement execute function keep_rows();

-- The timeline after placing; "placed" itself is the order's own row.
create table order_events (
  id uuid primary key,
  order_id uuid not null references orders,
  status text not null check (status in ('pending', 'confirmed', 'dispatched', 'completed', 'cancelled')),
  version integer not null,
  actor text not null check (actor in ('customer', 'staff', 'system', 'customer by SMS')),
  -- Whose token it was (UUIDv5 of issuer and subject); null where there was none.
  actor_user_id uuid,
  note text not null default '' check (length(note) <= 500),
  created_at timestamptz not null,
  unique (order_id, version)
);
