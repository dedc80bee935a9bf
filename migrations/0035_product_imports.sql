-- Files of products that staff send: kept while they are looked at and while a worker brings them in, forgotten a week later.
create table product_imports (
  id uuid primary key,
  status text not null check (status in ('checked', 'applying', 'done', 'failed')),
  -- Null when nothing is left to be done with it.
  file bytea,
  encoding text,
  row_count integer not null,
  -- What the file was found to do, and what came of it.
  preview jsonb not null,
  result jsonb not null,
  -- Rows that are through, from the first.
  done integer not null default 0,
  -- A worker has it until then; another takes over from there.
  leased_until timestamptz,
  tries integer not null default 0,
  created_by uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index product_imports_applying on product_imports (id) where status = 'applying';
create index product_imports_updated on product_imports (updated_at);
