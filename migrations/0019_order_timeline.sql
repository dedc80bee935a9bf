-- The timeline says who acted and by what in two columns, and can tell of more than changes of status. Processes of the
-- release before go on writing meanwhile: what they leave out has a default, and what they write as one is taken apart.
-- What is there already is looked at in the next migration, under no lock that anybody waits for.

alter table order_events
  add column kind text not null default 'status',
  add column via text not null default 'api',
  alter column status drop not null,
  alter column version drop not null,
  drop constraint order_events_actor_check,
  add constraint order_events_actor_check check (actor in ('customer', 'staff', 'system')) not valid,
  -- The list of kinds, and of the ways that something comes in, is the code's.
  add constraint order_events_kind_check check (kind ~ '^[a-z-]{1,20}$') not valid,
  add constraint order_events_via_check check (via ~ '^[a-z-]{1,20}$') not valid,
  add constraint order_events_status_kind check (kind <> 'status' or (status is not null and version is not null)) not valid;

create function take_actor_apart() returns trigger language plpgsql as $$
begin
  new.actor := 'customer';
  new.via := 'sms';
  return new;
end $$;

create trigger order_events_of_before before insert on order_events for each row
  when (new.actor = 'customer by SMS') execute function take_actor_apart();
