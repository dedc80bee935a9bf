-- Categories as a tree of any depth, the products in them, and how many of each can be sold.

create extension if not exists pg_trgm;

create table categories (
  id uuid primary key,
  parent_id uuid references categories,
  code text not null unique check (code ~ '^[A-Z0-9]{1,32}$'),
  title text not null check (title <> '' and length(title) <= 200),
  version integer not null default 1,
  -- Whole milliseconds, so that a cursor in JSON says exactly where a page ended.
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create index categories_newest on categories (created_at, id);
create index categories_parent on categories (parent_id, created_at, id);

-- The closure of the tree: every category with each of its descendants, itself included. docs/adr/0003 has the measurements.
create table category_paths (
  ancestor_id uuid not null references categories on delete cascade,
  descendant_id uuid not null references categories on delete cascade,
  depth smallint not null constraint category_paths_depth check (depth between 0 and 1000),
  primary key (ancestor_id, descendant_id)
);

create index category_paths_descendant on category_paths (descendant_id, ancestor_id);

create table products (
  id uuid primary key,
  category_id uuid not null references categories,
  sku text check (sku <> '' and length(sku) <= 64),
  -- Alphabetical as people expect it, on every installation: "apple, Éclair, Zebra".
  name text collate "und-x-icu" not null check (name <> '' and length(name) <= 200),
  description text not null default '' check (length(description) <= 10000),
  price_minor bigint not null check (price_minor >= 0),
  version integer not null default 1,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- A deleted product is hidden and can't be ordered; the row stays because order lines point at it.
  deleted_at timestamptz(3)
);

-- Being partial, it frees the SKU of a deleted product, and an edit of a SKU doesn't wait for orders that point at the row.
create unique index products_sku on products (sku) where deleted_at is null;
create index products_newest on products (created_at, id) where deleted_at is null;
create index products_price on products (price_minor, id) where deleted_at is null;
create index products_name on products (name, id) where deleted_at is null;
-- Whole, since the foreign key's check looks for deleted products too.
create index products_category on products (category_id, created_at, id);
create index products_search on products using gin (name gin_trgm_ops) where deleted_at is null;

-- What the live products directly in a category come to, so that the average price over a subtree reads no products.
create table category_totals (
  category_id uuid primary key references categories on delete cascade,
  product_count bigint not null,
  price_minor_sum bigint not null
) with (fillfactor = 50);

-- Kept by triggers, because they must hold whoever writes. One upsert in the order of ids, so that writers never deadlock.
create function add_to_category_totals() returns trigger language plpgsql as $$
begin
  execute format(
    'insert into category_totals as totals (category_id, product_count, price_minor_sum)
     select category_id, sum(sign), sum(sign * price_minor) from (%s) as changed where deleted_at is null
     group by category_id having sum(sign) <> 0 or sum(sign * price_minor) <> 0 order by category_id
     on conflict (category_id) do update set
       product_count = totals.product_count + excluded.product_count,
       price_minor_sum = totals.price_minor_sum + excluded.price_minor_sum', tg_argv[0]);
  return null;
end $$;

create trigger products_inserted after insert on products referencing new table as added
  for each statement execute function add_to_category_totals('select 1 as sign, * from added');
create trigger products_updated after update on products referencing old table as removed new table as added
  for each statement execute function add_to_category_totals(
    'select 1 as sign, * from added union all select -1, * from removed');
create trigger products_deleted after delete on products referencing old table as removed
  for each statement execute function add_to_category_totals('select -1 as sign, * from removed');

-- Stock stands apart from its product: selling rewrites a row of 40 bytes instead of one with the whole description,
-- and an edit of a product's text never waits for a sale. A product without a row here is not counted.
create table stock (
  product_id uuid primary key references products,
  on_hand bigint not null check (on_hand >= 0)
) with (fillfactor = 50);
