#!/bin/sh
# Sees to the password of the user lottery, and becomes Redis.
set -eu
. /password.sh

if [ "$wanted" != "$known" ]; then keep_password "$wanted"; fi

# Everything else is for its owner alone.
umask 077

# The servers' user reaches the ledger's keys, and can neither change a setting nor empty the database. Nobody else gets in.
hash=$(printf %s "$wanted" | sha256sum | cut -d ' ' -f 1)
cat >/run/redis/users.acl <<END
user default off
user lottery on #$hash ~lottery:* &lottery:* +@all -@dangerous +info +config|get +client|list
END

mkdir -p /data/redis
sync /data
exec redis-server /redis.conf
