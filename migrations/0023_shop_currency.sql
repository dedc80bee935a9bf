-- The currency that the shop's prices are in. They are whole numbers of its smallest unit, so with another CURRENCY the same
-- number would be another price: KES 1,500.00 was UGX 150,000. A shop keeps the one that it began with, and a shop that has
-- taken orders already is in that of the newest; any other takes CURRENCY's when it is first started.
create table shop (
  -- One row, or none before the first start.
  is_only boolean primary key default true check (is_only),
  currency text not null check (currency ~ '^[A-Z]{3}$')
);

insert into shop (currency) select currency from orders order by id desc limit 1;
