#!/bin/sh
# Checks the running server: sends it a line of ECHO with netcat, from a container on its network, and compares
# what comes back. The last line says success or fail; exit 0 or 1. No port of this machine is opened.
#
# SERVER_PORT: the server's port, where it is not that of server/config.ini.
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
project=${COMPOSE_PROJECT_NAME:-$(first_value "$here/docker-compose-dev.yaml" 's/^name:[[:space:]]*\([a-z0-9_-]*\).*/\1/p')}
project=${project:-lottery}

command -v docker >/dev/null || fail 'there is no docker command on this machine'
networks=$(docker network ls --format '{{.Name}}' \
  --filter "label=com.docker.compose.project=$project" \
  --filter 'label=com.docker.compose.network=testing_net') || fail 'the Docker engine does not answer'
network=$(echo "$networks" | sed -n 1p)
[ -n "$network" ] || fail "the project $project has no network testing_net: is it up?"

sent="ECHO $(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
# shellcheck disable=SC2016 # it is the container's shell that puts in $1 and $2
received=$(docker run --rm --network "$network" busybox:1 \
  sh -c 'echo "$1" | timeout 5 nc -w 2 server "$2"' sh "$sent" "$port") || true

[ -n "$received" ] || fail "no answer from server:$port on the network $network"
[ "$received" = "$sent" ] || fail "sent '$sent', but '$received' came back"
echo "$action success"
