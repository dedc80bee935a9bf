-- Categories, the products in them, and how many of each can be sold.

create extension if not exists pg_trgm;

create table categories (
  id uuid primary key,
  parent_id uuid references categories,
  code text not null unique check (code ~ '^[A-Z0-9]{1,32}$'),
  title text not null check (title <> '' and length(title) <= 200),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table products (
  id uuid primary key,
  category_id uuid not null references categories,
  sku text unique,
  name text not null check (name <> '' and length(name) <= 200),
  description text not null default '' check (length(description) <= 10000),
  price_minor bigint not null check (price_minor >= 0),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- A deleted product is hidden and can't be ordered; the row stays because order lines point at it.
  deleted_at timestamptz
);

-- Stock stands apart from its product: selling rewrites a row of 40 bytes instead of one with the whole description,
-- and an edit of a product's text never waits for a sale. A product without a row here is not counted.
create table stock (
  product_id uuid primary key references products,
  on_hand bigint not null check (on_hand >= 0)
) with (fillfactor = 50);
