-- Customers: people with a token who have placed an order or told us about themselves.

create table customers (
  id uuid primary key,
  -- UUIDv5 of issuer and subject, so that one 16-byte key finds the person behind a token.
  user_id uuid not null unique,
  issuer text not null,
  subject text not null,
  name text not null check (name <> '' and length(name) <= 200),
  email text not null default '' check (length(email) <= 320),
  phone_number text not null default '' check (phone_number ~ '^(\+[0-9]{7,15})?$'),
  address text not null default '' check (length(address) <= 500),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- What staff look customers up by.
create index customers_name_trgm on customers using gin (name gin_trgm_ops);
create index customers_phone_number on customers (phone_number text_pattern_ops);
create index customers_email on customers (lower(email) text_pattern_ops);

-- Every number a customer has ever had or ordered with: finds the orders of a phone without an index on every order.
create table customer_phone_numbers (
  phone_number text not null check (phone_number ~ '^\+[0-9]{7,15}$'),
  user_id uuid not null references customers (user_id),
  primary key (phone_number, user_id)
);

create index customer_phone_numbers_prefix on customer_phone_numbers (phone_number text_pattern_ops);
