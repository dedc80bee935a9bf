-- The ledger for staff: sending again, and finding what needs somebody. Whatever else is looked for is found through orders
-- or by walking the newest messages, so that what is inserted by the thousand keeps the indexes it has.

alter table messages
  -- The message that staff had sent again as this one.
  add column copy_of uuid references messages,
  -- When somebody took note that it failed for good.
  add column acknowledged_at timestamptz;

create unique index messages_copy_of on messages (copy_of) where copy_of is not null;

-- A copy stands beside what it is a copy of.
drop index messages_one_of_a_kind;
create unique index messages_one_of_a_kind on messages (order_id, kind, channel, recipient)
  where kind not like 'reply-%' and copy_of is null;

create index messages_needing_attention on messages (id)
  where status = 'failed' and acknowledged_at is null and digest_id is null;
create index messages_ended_badly on messages (status, id) where status in ('failed', 'cancelled');
-- Answers to strangers and the like, by phone: all others are found through their orders.
create index messages_about_no_order on messages (recipient text_pattern_ops) where order_id is null;
