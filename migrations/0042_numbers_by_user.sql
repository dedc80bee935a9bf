-- Two indexes serve both ways: the numbers of a user by the primary key, and the users of a number by the other index, which knows
-- equality as well as beginnings. A third one would cost every order with a new number.
create unique index customer_phone_numbers_by_user on customer_phone_numbers (user_id, phone_number);
alter table customer_phone_numbers drop constraint customer_phone_numbers_pkey;
alter table customer_phone_numbers add constraint customer_phone_numbers_pkey primary key using index customer_phone_numbers_by_user;
drop index customer_phone_numbers_user;
