# What the start scripts of both databases share: the password of the user lottery, and how to fail and wait. Read with `.`
# by a shell that has `set -eu`.
#
# The password lies in /password/lottery, on a volume that only the database's container and the servers have. It is made
# at the first start, also for a database that was there before. DATABASE_PASSWORD: another one, from now on.

password_file=/password/lottery

fail() {
  echo "database: $1" >&2
  exit 2
}

# wait_for COMMAND...: the first process of a container is ended only by signals that it asks for.
wait_for() {
  "$@" &
  wait $!
}
trap 'exit 0' INT TERM

# It stands in SQL, and in the servers' URL of the database.
case ${DATABASE_PASSWORD:-} in
  *[!A-Za-z0-9._~-]*) fail 'DATABASE_PASSWORD: allowed are letters, digits and . _ ~ -' ;;
esac
known=$(cat "$password_file" 2>/dev/null) || known=
wanted=${DATABASE_PASSWORD:-${known:-$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')}}

# keep_password PASSWORD: where the servers read it.
keep_password() {
  printf '%s\n' "$1" >"$password_file.new"
  sync "$password_file.new"
  mv "$password_file.new" "$password_file"
}
