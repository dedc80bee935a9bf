-- Orders, their lines, and what happened to them after they were placed.

-- What an order's code is made from: see src/orders/order-code.ts.
create sequence order_numbers as bigint minvalue 0 maxvalue 34359738367;

create table orders (
  id uuid primary key,
  number bigint not null unique default nextval('order_numbers'),
  customer_id uuid not null references customers,
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
  -- A retry with the same key finds the order it made; the fingerprint (128 bits of a SHA-256) tells whether it asks for the same.
  idempotency_key text check (length(idempotency_key) between 1 and 255),
  fingerprint uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((idempotency_key is null) = (fingerprint is null))
);

create unique index orders_idempotency_key on orders (user_id, idempotency_key) where idempotency_key is not null;
create index orders_user on orders (user_id, id desc);
create index orders_status on orders (status, id desc);
create index orders_phone_number on orders (phone_number text_pattern_ops, id desc);

create table order_lines (
  order_id uuid not null references orders,
  position smallint not null check (position between 1 and 200),
  id uuid not null,
  product_id uuid not null references products,
  quantity integer not null check (quantity between 1 and 1000000),
  price_minor bigint not null check (price_minor >= 0),
  -- Whether the product's stock was counted when this was ordered, so that cancelling gives back just what was taken.
  took_stock boolean not null,
  primary key (order_id, position)
);

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
