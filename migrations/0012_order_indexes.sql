-- The newest orders of a customer and of a status, in ascending order: new orders then go to the end of their run, where
-- PostgreSQL keeps pages full. In descending order they went to its beginning, which left each page half empty.

drop index orders_user;
drop index orders_status;

create index orders_user on orders (user_id, id);
create index orders_status on orders (status, id);
