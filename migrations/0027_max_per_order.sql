-- How much of a product one order may hold, so that nobody takes all of it at once and leaves it lying.
alter table products add column max_per_order integer check (max_per_order > 0);
