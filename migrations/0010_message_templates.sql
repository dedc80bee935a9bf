-- The texts of SMS as staff have written them, and who did what to texts, messages and channels.

-- Edits alone: the built-in texts are in src/notifications/message-template.ts, and come back when a row goes.
create table message_templates (
  kind text not null check (kind ~ '^[a-z-]{1,40}$'),
  language text not null check (language in ('en', 'sw')),
  text text not null check (text <> '' and length(text) <= 640),
  updated_by uuid not null,
  updated_at timestamptz not null,
  primary key (kind, language)
);

-- What staff did, for those who ask later; never changed.
create table notification_actions (
  id uuid primary key,
  action text not null check (action in (
    'template-edited', 'template-reset', 'resent', 'cancelled', 'acknowledged', 'paused', 'resumed')),
  -- What it was done to: one of the three.
  template_kind text,
  template_language text,
  message_id uuid references messages,
  channel text check (channel in ('sms', 'email')),
  -- The new text, or the reason.
  note text not null default '' check (length(note) <= 640),
  -- The message that a resend has queued.
  new_message_id uuid references messages,
  -- Whose token it was: UUIDv5 of issuer and subject.
  actor_user_id uuid not null,
  created_at timestamptz not null,
  check (num_nonnulls(template_kind, message_id, channel) = 1),
  check ((template_kind is null) = (template_language is null))
);

create index notification_actions_template on notification_actions (template_kind, template_language, id)
  where template_kind is not null;
create index notification_actions_message on notification_actions (message_id, id) where message_id is not null;
create index notification_actions_new_message on notification_actions (new_message_id) where new_message_id is not null;
