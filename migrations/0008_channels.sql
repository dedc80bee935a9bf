-- Channels that can be paused, what a message waits for, digests, costs by day, and alarms.

-- While paused_at is set no worker takes a message of the channel.
create table channels (
  channel text primary key check (channel in ('sms', 'email')),
  paused_at timestamptz,
  -- When one message finds out whether the provider is well again. Null: only staff resume it.
  paused_until timestamptz,
  reason text check (length(reason) <= 300),
  paused_by text check (paused_by in ('staff', 'system')),
  check ((paused_at is null) = (reason is null)),
  check ((paused_at is null) = (paused_by is null)),
  check (paused_at is not null or paused_until is null)
);

insert into channels (channel) values ('sms'), ('email');

alter table messages
  -- Why a queued message isn't sent although nothing is wrong: it may go out at due_at.
  add column held_for text check (held_for in ('quiet-hours', 'number-limit', 'budget', 'digest')),
  -- The digest that tells of it: a message of its own, whose fate this one shares.
  add column digest_id uuid references messages;

-- The provider as a whole didn't work, which is not laid to the message.
alter table message_attempts drop constraint message_attempts_outcome_check;
alter table message_attempts add constraint message_attempts_outcome_check
  check (outcome in ('accepted', 'permanent', 'retry', 'unavailable', 'blocked', 'ambiguous'));

drop index messages_due;
create index messages_due on messages (channel, due_at, id) where status in ('queued', 'sending') and digest_id is null;
create index messages_digest_id on messages (digest_id) where digest_id is not null;
-- How many wait, for what, and since when.
create index messages_unsent on messages (channel, status, held_for, created_at) where status in ('queued', 'sending');
create index messages_failed on messages (channel, id) where status = 'failed';
-- How much one recipient has got lately.
create index messages_recent on messages (recipient, channel, updated_at)
  where status in ('sending', 'sent', 'delivered') and digest_id is null;

-- What providers charged, summed by the shop's days: written with each outcome, so that a budget is one row to look up.
create table message_costs (
  day date not null,
  channel text not null check (channel in ('sms', 'email')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount numeric(16, 4) not null check (amount >= 0),
  messages integer not null check (messages >= 0),
  primary key (day, channel, currency)
);

insert into message_costs (day, channel, currency, amount, messages)
select (ended_at at time zone 'Africa/Nairobi')::date, channel, cost_currency, sum(cost), count(*)
from message_attempts join messages on messages.id = message_id
where cost is not null
group by 1, 2, 3;

-- When staff were last told of something by e-mail, so that they are not told of the same all day long.
create table alarms (
  kind text primary key check (kind ~ '^[a-z-]{1,40}$'),
  raised_at timestamptz not null
);
