#!/usr/bin/env bash
# Rehearses the backup: dumps the database of DATABASE_URL from one snapshot, restores it into a new database, and compares
# what is in each table, row for row by a checksum. The database itself is only read. docs/operations.md says when.
#
#   DATABASE_URL=postgres://… ops/rehearse-backup.sh [--keep] [URL of the server to restore to, with any database on it]
#
# It needs psql, pg_dump and pg_restore, at least as new as the server. The new database is dropped at the end, unless kept.
set -euo pipefail

fail() { echo "rehearse-backup: $*" >&2; exit 1; }

keep=no
if [ "${1:-}" = --keep ]; then keep=yes; shift; fi
[ -n "${DATABASE_URL:-}" ] || fail 'set DATABASE_URL to the database to back up'
server=${1:-$DATABASE_URL}
jobs=${JOBS:-2}
export PGAPPNAME='agizo rehearsal'

for tool in psql pg_dump pg_restore; do command -v "$tool" >/dev/null || fail "$tool is not installed"; done
ours=$(pg_dump --version | sed -E 's/.* ([0-9]+).*/\1/')
theirs=$(psql "$DATABASE_URL" -XAtc "select current_setting('server_version_num')::int / 10000") || fail 'the database does not answer'
[ "$ours" -ge "$theirs" ] || fail "pg_dump is of PostgreSQL $ours and the server of $theirs: install the tools of $theirs or newer"

folder=$(mktemp -d)
name=agizo_rehearsal_$(date -u +%Y%m%d%H%M%S)_$$
# The same server and credentials, another database.
target=$(printf '%s' "$server" | sed -E "s#^([a-z]+://[^/]+)(/[^?]*)?#\1/$name#")
cleanup() {
  rm -rf "$folder"
  if [ "$keep" = no ]; then psql "$server" -XAtqc "drop database if exists $name" >/dev/null 2>&1 || true; fi
}
trap cleanup EXIT

# One line a table: its name, its rows, and the sum of a hash of each row, which doesn't depend on their order.
cat >"$folder/contents.sql" <<'SQL'
set timezone = 'UTC';
set datestyle = 'ISO';
select format('select %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from %I as t', relname, relname)
from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname \gexec
SQL

# The dump and the count see the same instant, whatever is ordered meanwhile.
cat >"$folder/dump.sql" <<'SQL'
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump "$DATABASE_URL" --format=directory --jobs="$JOBS" --snapshot="$SNAPSHOT" --no-owner --no-privileges --file="$FOLDER/dump" || touch "$FOLDER/failed"
\i :contents
commit;
SQL

seconds() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }'; }

began=$(seconds)
FOLDER=$folder JOBS=$jobs psql "$DATABASE_URL" -XAtq -v ON_ERROR_STOP=1 -v contents="$folder/contents.sql" -f "$folder/dump.sql" >"$folder/before" \
  || fail 'the database could not be read'
[ ! -e "$folder/failed" ] || fail 'pg_dump failed'
echo "dumped in $(since "$began"), $(du -sh "$folder/dump" | cut -f1)"

began=$(seconds)
psql "$server" -XAtqc "create database $name" || fail "no database can be created there: the role needs CREATEDB"
pg_restore --dbname="$target" --jobs="$jobs" --no-owner --no-privileges --exit-on-error "$folder/dump" || fail 'pg_restore failed'
psql "$target" -XAtqc 'analyze'
echo "restored into $name in $(since "$began")"

psql "$target" -XAtq -v ON_ERROR_STOP=1 -f "$folder/contents.sql" >"$folder/after"
if ! diff "$folder/before" "$folder/after" >"$folder/difference"; then
  echo 'the restored database is not the same (table|rows|checksum; < before, > after):' >&2
  cat "$folder/difference" >&2
  exit 1
fi
# A sequence goes on beside snapshots; it must only never give a number again.
psql "$target" -XAtc 'select last_value >= (select coalesce(max(number), 0) from orders) from order_numbers' | grep -q t \
  || fail 'the restored database would give an order number a second time'
awk -F'|' '{ printf "  %-24s %10d rows\n", $1, $2 }' "$folder/before"
echo "the same, row for row, in $(wc -l <"$folder/before" | tr -d ' ') tables"
if [ "$keep" = yes ]; then echo "kept as $name"; fi
