#!/bin/sh
# Makes the database when there is none, sees to the password of the user lottery, and becomes PostgreSQL.
#
# The password lies in /password/lottery, on a volume that only this container and the servers have. It is made at the
# first start, also for a database that was there before. DATABASE_PASSWORD: another one, from now on.
set -eu

data=/data/postgresql
unfinished=/data/unfinished
password_file=/password/lottery

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
CREATE ROLE lottery LOGIN
CREATE DATABASE lottery OWNER lottery
END
  mv "$unfinished" "$data"
  sync /data
}

# A database that was killed has left a lock of process 1, which is this one: that is how PostgreSQL is told.
# The file is written when the database has the password: if that is cut short, the next start does it again.
set_password() {
  PG_GRANDPARENT_PID=$$ postgres --single -c exit_on_error=on -D "$data" -c config_file=/postgresql.conf postgres >/dev/null <<END
ALTER ROLE lottery PASSWORD '$1'
END
  printf '%s\n' "$1" >"$password_file.new"
  sync "$password_file.new"
  mv "$password_file.new" "$password_file"
}

# wait_for COMMAND...: the first process of a container is ended only by signals that it asks for.
wait_for() {
  "$@" &
  wait $!
}
trap 'exit 0' INT TERM

# It stands in SQL.
case ${DATABASE_PASSWORD:-} in
  *[!A-Za-z0-9._~-]*) fail 'DATABASE_PASSWORD: allowed are letters, digits and . _ ~ -' ;;
esac
known=$(cat "$password_file" 2>/dev/null) || known=
wanted=${DATABASE_PASSWORD:-${known:-$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')}}

if [ ! -d "$data" ]; then
  echo 'database: none is there yet, making one'
  wait_for make_database
  known=
fi
if [ "$wanted" != "$known" ]; then wait_for set_password "$wanted"; fi
exec postgres -D "$data" -c config_file=/postgresql.conf
