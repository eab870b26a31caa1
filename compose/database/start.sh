#!/bin/sh
# Makes the database when there is none, and becomes PostgreSQL.
#
# DATABASE_PASSWORD: the password of the user lottery; it is set when the database is made, and not changed later.
set -eu

data=/data/postgresql
unfinished=/data/unfinished

fail() {
  echo "database: $1" >&2
  exit 2
}

# A folder that was begun is never taken for a database: it gets its name when all of it is on the disk.
make_database() {
  rm -rf "$unfinished"
  initdb --pgdata="$unfinished" --username=postgres --auth-local=peer --auth-host=reject \
    --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
  postgres --single -c exit_on_error=on -D "$unfinished" postgres >/dev/null <<END
CREATE ROLE lottery LOGIN PASSWORD '$DATABASE_PASSWORD'
CREATE DATABASE lottery OWNER lottery
END
  mv "$unfinished" "$data"
  sync /data
}

if [ ! -d "$data" ]; then
  # The same password stands in a URL and in SQL.
  case ${DATABASE_PASSWORD:-} in
    '') fail 'DATABASE_PASSWORD is missing' ;;
    *[!A-Za-z0-9._~-]*) fail 'DATABASE_PASSWORD: allowed are letters, digits and . _ ~ -' ;;
  esac
  # The first process of a container is ended only by signals that it asks for.
  trap 'exit 0' INT TERM
  echo 'database: none is there yet, making one'
  make_database &
  wait $!
fi
exec postgres -D "$data" -c config_file=/postgresql.conf
