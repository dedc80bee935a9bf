-- What processes tell each other of the requests they have counted. Unlogged: it costs no log, and after a crash counting begins anew.
create unlogged table request_counts (
  key text primary key,
  count integer not null check (count >= 0),
  ends_at timestamptz not null
);
