-- Idempotency keys of requests that make something, orders aside, with what was answered. Kept for two days: each new one takes
-- some old ones with it.

create table request_keys (
  -- 128 bits of a hash of the caller and the key.
  id uuid primary key,
  -- The same of what was asked for.
  fingerprint uuid not null,
  -- Null only inside the transaction that makes it.
  answer json,
  created_at timestamptz not null
);

create index request_keys_age on request_keys (created_at);
