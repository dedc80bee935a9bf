-- A message remembers the trace of the request that it follows from, so that the sending of it is part of that trace.

alter table messages add column traceparent text check (length(traceparent) <= 60);
