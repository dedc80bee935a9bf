-- Whose order a message is about, so that one customer can't use up what a number gets in an hour, and what waits for a
-- number because of that limit, counted before more is added to it.

alter table messages add column user_id uuid;

create index messages_waiting on messages (recipient, user_id) where status = 'queued' and held_for = 'number-limit';
