-- What customers text to the shop's number, and who wants no SMS.

create table incoming_messages (
  id uuid primary key,
  -- The provider's: a callback that is repeated is written down once.
  provider_id text not null unique check (provider_id <> '' and length(provider_id) <= 128),
  -- E.164, or whatever else sent it: a short code, the name of a network.
  sender text not null check (sender <> '' and length(sender) <= 40),
  recipient text not null check (length(recipient) <= 40),
  body text not null check (length(body) <= 1600),
  -- What it was taken for. Null until it is handled.
  command text check (command in ('status', 'cancel', 'yes', 'no', 'help', 'stop', 'start', 'unknown', 'ignored')),
  order_id uuid references orders,
  -- Null where it was not answered.
  answer_id uuid references messages,
  received_at timestamptz not null,
  handled_at timestamptz,
  check ((command is null) = (handled_at is null))
);

create index incoming_messages_order on incoming_messages (order_id) where order_id is not null;

-- Cancellations that were asked for by SMS and wait for a YES: one for each phone, the last.
create table pending_cancellations (
  phone_number text primary key check (phone_number ~ '^\+[0-9]{7,15}$'),
  order_id uuid not null references orders,
  expires_at timestamptz not null
);

create table opt_outs (
  phone_number text primary key check (phone_number ~ '^\+[0-9]{7,15}$'),
  -- Who said so: the customer by a text to us, the network, or staff on their behalf.
  source text not null check (source in ('sms', 'provider', 'staff')),
  created_at timestamptz not null
);

-- Answers are not one of a kind: a customer may ask for the status of an order twice.
alter table messages drop constraint messages_order_id_kind_channel_recipient_key;
create unique index messages_one_of_a_kind on messages (order_id, kind, channel, recipient) where kind not like 'reply-%';
create index messages_order on messages (order_id, id) where order_id is not null;
-- How often a number has been answered lately.
create index messages_replies on messages (recipient, created_at) where kind like 'reply-%';
