-- Work that must follow a transaction: written in it, done after it, deleted in the transaction that does it.

create table jobs (
  id uuid primary key,
  kind text not null,
  payload jsonb not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  -- Set when the last attempt failed: the job stays for people to look at and run again.
  failed_at timestamptz,
  created_at timestamptz not null
);

create index jobs_due on jobs (run_at, id) where failed_at is null;
