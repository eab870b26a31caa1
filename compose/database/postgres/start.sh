#!/bin/sh
# Makes the database when there is none, sees to the password of the user lottery and to TLS, and becomes PostgreSQL.
set -eu
. /password.sh
. /certificate.sh

data=/data/postgresql
unfinished=/data/unfinished

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
  keep_password "$1"
}

if [ ! -d "$data" ]; then
  echo 'database: none is there yet, making one'
  wait_for make_database
  known=
fi
if [ "$wanted" != "$known" ]; then wait_for set_password "$wanted"; fi
if [ "${DATABASE_TLS:-off}" = on ]; then
  tls=/run/postgresql/tls
  wait_for make_certificate "$tls"
  set -- -c ssl=on -c ssl_cert_file="$tls/certificate.pem" -c ssl_key_file="$tls/key.pem" \
    -c ssl_min_protocol_version=TLSv1.2 -c hba_file=/pg_hba_tls.conf
fi
exec postgres -D "$data" -c config_file=/postgresql.conf "$@"
