-- Delivery reports that come before the answer they belong to has been written down.

-- A report can overtake the provider's own answer, or that answer can be lost. It waits here, by the provider's id, until an
-- attempt with that id is written; what nobody claims within the hour is thrown away.
create table unmatched_reports (
  provider_id text primary key check (provider_id <> '' and length(provider_id) <= 128),
  report text not null,
  report_reason text,
  received_at timestamptz not null
);

create index unmatched_reports_age on unmatched_reports (received_at);
