-- The ledger of messages: each SMS and e-mail as a row with a life, and each attempt to send it.

create table messages (
  id uuid primary key,
  channel text not null check (channel in ('sms', 'email')),
  -- What it is about. Order, kind, channel and recipient make it one of a kind: fanning out an event twice adds nothing.
  order_id uuid not null references orders,
  kind text not null check (kind ~ '^[a-z-]{1,40}$'),
  recipient text not null check (recipient <> '' and length(recipient) <= 320),
  -- What an SMS says. An e-mail is made from the order when it is sent: the order doesn't change, and it is long.
  body text not null default '' check (length(body) <= 1600),
  status text not null check (status in ('queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled')),
  attempts integer not null default 0,
  -- True once an attempt ended without anybody knowing whether the message went out: it may arrive twice.
  ambiguous boolean not null default false,
  -- While queued: when it is due. While sending: until when the worker that took it has it to itself.
  due_at timestamptz not null,
  -- The provider's id, for its delivery reports.
  provider_id text,
  -- As the provider writes it, such as KES 0.8000.
  cost text,
  failure text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (order_id, kind, channel, recipient)
);

create index messages_due on messages (channel, due_at, id) where status in ('queued', 'sending');
create index messages_provider_id on messages (provider_id) where provider_id is not null;

create table message_attempts (
  message_id uuid not null references messages,
  attempt integer not null,
  started_at timestamptz not null,
  -- Null while it lasts, and for ever if the worker died in it.
  ended_at timestamptz,
  outcome text check (outcome in ('accepted', 'permanent', 'retry', 'blocked', 'ambiguous')),
  detail text not null default '',
  primary key (message_id, attempt)
);
