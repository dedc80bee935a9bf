-- The ledger of messages: each SMS and e-mail as a row with a life, and each attempt to send it.

create table messages (
  id uuid primary key,
  channel text not null check (channel in ('sms', 'email')),
  -- What it is about, and what makes it one of a kind: fanning the same event out twice adds nothing.
  order_id uuid not null references orders,
  kind text not null,
  recipient text not null check (recipient <> ''),
  subject text,
  body text not null,
  status text not null check (status in ('queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  provider_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (order_id, kind, channel, recipient)
);

create index messages_due on messages (channel, next_attempt_at, id) where status in ('queued', 'sending');

create table message_attempts (
  message_id uuid not null references messages,
  attempt integer not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  detail text,
  primary key (message_id, attempt)
);
