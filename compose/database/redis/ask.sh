#!/bin/sh
# ask.sh COMMAND...: has this container's Redis carry out a command, as the servers' user. Exit 0 when it has.
set -eu

password=$(cat /password/lottery)
if [ "${DATABASE_TLS:-off}" = on ]; then set -- --tls --cacert /password/database.pem "$@"; fi
REDISCLI_AUTH=$password exec redis-cli -e --user lottery "$@"
