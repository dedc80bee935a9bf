-- Who of the staff did it, as their token named them then: a timeline is read by people. Customers are named by their order.
alter table order_events add column actor_name text check (length(actor_name) <= 200);
