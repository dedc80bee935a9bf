-- The audit trail is read by people: who did it, as their token named them then, and what the thing was called.
alter table audit_trail add column actor_name text check (length(actor_name) <= 200);
alter table audit_trail add column subject_label text check (length(subject_label) <= 200);
create index audit_trail_actor on audit_trail (actor_user_id, id);
create index audit_trail_action on audit_trail (action, id);
-- The row of an entry that an earlier release writes has the new columns too.
create or replace function audit_trail_of(given notification_actions) returns audit_trail language sql immutable as $$
  select given.id, given.action,
    case when given.template_kind is not null then 'message-template' when given.message_id is not null then 'message'
      when given.channel is not null then 'channel' else 'opt-out' end,
    coalesce(given.template_kind || '/' || given.template_language, given.message_id::text, given.channel, given.phone_number),
    case when given.template_kind is null then given.note else '' end,
    case when given.template_kind is not null then jsonb_build_object('text', jsonb_build_array(null, given.note))
      when given.new_message_id is not null then jsonb_build_object('copied_as', jsonb_build_array(null, given.new_message_id))
      else '{}'::jsonb end,
    given.actor_user_id, given.created_at, null::text, null::text
$$;
