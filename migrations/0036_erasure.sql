-- Customers who ask for it are erased: their orders stay in the books under a pseudonym, without a phone number, and what is
-- removed piece by piece is written down until it is done. `erasures` and `erasure_numbers` say what is still to be looked for;
-- of an erasure that has ended only the customer's id and the times stay.

alter table orders drop constraint orders_phone_number_check;
alter table orders add constraint orders_phone_number_check check (phone_number ~ '^(\+[0-9]{7,15})?$') not valid;

create table erasures (
  customer_id uuid primary key references customers (id),
  user_id uuid,
  name text,
  email text,
  requested_at timestamptz not null,
  erased_at timestamptz,
  check (num_nulls(user_id, name, email) = case when erased_at is null then 0 else 3 end)
);

create table erasure_numbers (
  customer_id uuid not null references erasures (customer_id),
  phone_number text not null,
  -- Another customer has it too: what is about no order of the erased one is theirs.
  is_shared boolean not null,
  primary key (customer_id, phone_number)
);

-- The numbers of one customer, and the check that none is left when the identity behind a customer changes.
create index customer_phone_numbers_user on customer_phone_numbers (user_id);

-- When the text of a message, and the provider's answers, were removed: with the customer, or by age.
alter table messages add column text_removed_at timestamptz;
alter table incoming_messages add column text_removed_at timestamptz;

-- What an erased customer's number is hidden with where it wants no SMS: whoever has a list of numbers can't look them up in ours.
create table opt_out_key (is_only boolean primary key default true check (is_only), key bytea not null);
insert into opt_out_key (key) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
