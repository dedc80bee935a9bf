-- One trail of who did what, for every slice: what was done to notifications was kept in columns of its own for each of
-- their kinds. A release before this one may still run beside it and writes to the old table; what it writes is copied.

create table audit_trail (
  id uuid primary key,
  action text not null check (action ~ '^[a-z-]{1,40}$'),
  subject_type text not null check (subject_type ~ '^[a-z-]{1,40}$'),
  subject_id text not null check (length(subject_id) between 1 and 100),
  note text not null default '' check (length(note) <= 640),
  -- Each field that changed: what it was, and what it is.
  changes jsonb not null default '{}' check (jsonb_typeof(changes) = 'object'),
  actor_user_id uuid not null,
  created_at timestamptz not null
);

create index audit_trail_subject on audit_trail (subject_type, subject_id, id);

create function audit_trail_of(given notification_actions) returns audit_trail language sql immutable as $$
  select given.id, given.action,
    case when given.template_kind is not null then 'message-template' when given.message_id is not null then 'message'
      when given.channel is not null then 'channel' else 'opt-out' end,
    coalesce(given.template_kind || '/' || given.template_language, given.message_id::text, given.channel, given.phone_number),
    case when given.template_kind is null then given.note else '' end,
    case when given.template_kind is not null then jsonb_build_object('text', jsonb_build_array(null, given.note))
      when given.new_message_id is not null then jsonb_build_object('copied_as', jsonb_build_array(null, given.new_message_id))
      else '{}'::jsonb end,
    given.actor_user_id, given.created_at
$$;

create function copy_to_audit_trail() returns trigger language plpgsql as $$
begin
  insert into audit_trail select (audit_trail_of(new)).*;
  return null;
end $$;

insert into audit_trail select (audit_trail_of(notification_actions)).* from notification_actions;

create trigger notification_actions_copied after insert on notification_actions
  for each row execute function copy_to_audit_trail();
