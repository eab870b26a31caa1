#!/bin/sh
# Sees to the password of the user lottery and to TLS, and becomes Redis.
set -eu
. /password.sh
. /certificate.sh

if [ "$wanted" != "$known" ]; then keep_password "$wanted"; fi

# Everything else is for its owner alone.
umask 077

# The servers' user reaches the ledger's keys, and can neither change a setting nor empty the database. Nobody else gets in.
# Redis 7.0 reads its append-only file with the rights of `default`, and leaves out the transactions that lack them: that
# user has all rights, and nobody can be it.
hash=$(printf %s "$wanted" | sha256sum | cut -d ' ' -f 1)
cat >/run/redis/users.acl <<END
user default off ~* &* +@all
user lottery on #$hash ~lottery:* &lottery:* +@all -@dangerous +info +config|get +client|list +acl|dryrun
END

mkdir -p /data/redis
sync /data
if [ "${DATABASE_TLS:-off}" = on ]; then
  tls=/run/redis/tls
  wait_for make_certificate "$tls"
  set -- --port 0 --tls-port 6379 --tls-auth-clients no --tls-protocols 'TLSv1.2 TLSv1.3' \
    --tls-cert-file "$tls/certificate.pem" --tls-key-file "$tls/key.pem"
fi
exec redis-server /redis.conf "$@"
