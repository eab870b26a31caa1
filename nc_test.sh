#!/bin/sh
# Checks the running server: sends it a line of ECHO with netcat, from a container on its network, and compares
# what comes back. A server that is only starting has ten seconds. The last line says success or fail; exit 0 or 1. No
# port of this machine is opened.
#
# SERVER_PORT: the server's port, where it is not that of server/config.ini.
# COMPOSE_PROJECT_NAME: the project, as for Docker Compose also from the file .env; otherwise as the compose file says.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
action='action: test_echo_server | result:'

fail() {
  echo "nc_test: $1" >&2
  echo "$action fail"
  exit 1
}

# first_value FILE EXPRESSION: what sed's EXPRESSION prints first; nothing where there is no such file.
first_value() {
  [ ! -r "$1" ] || sed -n "$2" "$1" | sed -n 1p
}

port=${SERVER_PORT:-$(first_value "$here/server/config.ini" 's/^[[:space:]]*SERVER_PORT[[:space:]]*=[[:space:]]*\([0-9][0-9]*\).*/\1/p')}
port=${port:-12345}
project=${COMPOSE_PROJECT_NAME:-$(first_value "$here/.env" 's/^[[:space:]]*\(export[[:space:]][[:space:]]*\)\{0,1\}COMPOSE_PROJECT_NAME[[:space:]]*=[[:space:]]*["'\'']\{0,1\}\([a-z0-9][a-z0-9_-]*\).*/\2/p')}
project=${project:-$(first_value "$here/docker-compose-dev.yaml" 's/^name:[[:space:]]*\([a-z0-9_-]*\).*/\1/p')}
project=${project:-lottery}

command -v docker >/dev/null || fail 'there is no docker command on this machine'
networks=$(docker network ls --format '{{.Name}}' \
  --filter "label=com.docker.compose.project=$project" \
  --filter 'label=com.docker.compose.network=testing_net') || fail 'the Docker engine does not answer'
network=$(echo "$networks" | sed -n 1p)
[ -n "$network" ] || fail "the project $project has no network testing_net: is it up?"

sent="ECHO $(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
# shellcheck disable=SC2016 # it is the container's shell that puts in $1 and $2
received=$(docker run --rm --network "$network" busybox:1 sh -c '
  until=$(($(date +%s) + 10))
  while :; do
    answer=$(echo "$1" | timeout 5 nc -w 2 server "$2" 2>/tmp/why) || true
    if [ -n "$answer" ] || [ "$(date +%s)" -ge "$until" ]; then break; fi
    sleep 0.3
  done
  if [ -n "$answer" ]; then echo "$answer"; else cat /tmp/why >&2; fi' sh "$sent" "$port") || true

[ -n "$received" ] || fail "no answer from server:$port on the network $network"
[ "$received" = "$sent" ] || fail "sent '$sent', but '$received' came back"
echo "$action success"
