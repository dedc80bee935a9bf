-- What was sold on days that are over, added up once, so that a report of years reads days and not orders. A background task fills them;
-- the days of orders that are cancelled later are taken away and filled again. Nothing here is kept anywhere else than in orders.
create table sales_days (
  day date primary key,
  time_zone text not null,
  filled_at timestamptz not null
);
create table sales_hours (
  starts_at timestamptz primary key,
  day date not null references sales_days on delete cascade,
  orders integer not null,
  cancelled integer not null,
  revenue_minor bigint not null,
  items bigint not null,
  new_customers integer not null
);
create index sales_hours_day on sales_hours (day);
create table sales_products (
  day date not null references sales_days on delete cascade,
  product_id uuid not null,
  name text not null,
  quantity bigint not null,
  revenue_minor bigint not null,
  orders integer not null,
  primary key (day, product_id)
);
-- Until when cancellations are known to the days above; one row.
create table sales_watch (
  id boolean primary key default true check (id),
  looked_at timestamptz not null
);
