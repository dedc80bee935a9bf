-- What providers say of a message is kept with the attempt that it is about, since a message that was sent again has two
-- ids there; messages need not be about an order; and customers have a language.

alter table customers
  -- Null: the shop's own, see DEFAULT_LANGUAGE.
  add column language text check (language in ('en', 'sw'));

-- An answer to a stranger's text, a digest or an alarm to staff are about no order. (Nulls are distinct in the unique
-- key, so these are never taken for one of a kind.)
alter table messages alter column order_id drop not null;

alter table message_attempts
  -- The provider's id of what this attempt handed over, by which its delivery reports name it.
  add column provider_id text,
  -- What the provider charged, in its own currency: KES 0.8000.
  add column cost numeric(12, 4) check (cost >= 0),
  add column cost_currency text check (cost_currency ~ '^[A-Z]{3}$'),
  -- The last delivery report, in the provider's words; a final one is never replaced.
  add column report text,
  add column report_reason text,
  add column reported_at timestamptz,
  add check ((cost is null) = (cost_currency is null));

update message_attempts set
  provider_id = messages.provider_id,
  cost = (regexp_match(messages.cost, '^[A-Z]{3} ([0-9]+(?:\.[0-9]+)?)$'))[1]::numeric,
  cost_currency = (regexp_match(messages.cost, '^([A-Z]{3}) [0-9]+(?:\.[0-9]+)?$'))[1]
from messages
where messages.id = message_attempts.message_id and message_attempts.outcome = 'accepted';

alter table messages drop column provider_id, drop column cost;

create index message_attempts_provider_id on message_attempts (provider_id) where provider_id is not null;
