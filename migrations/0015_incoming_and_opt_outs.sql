-- For staff: finding what customers texted, and opt-outs on a customer's behalf with who recorded them.

create index incoming_messages_sender on incoming_messages (sender, id);
create index incoming_messages_command on incoming_messages (command, id);

alter table notification_actions
  -- Whose SMS were stopped or allowed again.
  add column phone_number text check (phone_number ~ '^\+[0-9]{7,15}$'),
  drop constraint notification_actions_action_check,
  drop constraint notification_actions_check,
  add constraint notification_actions_action_check check (action in (
    'template-edited', 'template-reset', 'resent', 'cancelled', 'acknowledged', 'paused', 'resumed', 'opted-out', 'opted-in')),
  add constraint notification_actions_check check (num_nonnulls(template_kind, message_id, channel, phone_number) = 1);
