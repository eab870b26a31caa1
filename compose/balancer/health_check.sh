#!/bin/bash
# Exit 0 when a server answers an ECHO through the balancer within two seconds.
set -eu

exec 3<>/dev/tcp/127.0.0.1/12345
echo 'ECHO health' >&3
read -r -t 2 answer <&3
[ "$answer" = 'ECHO health' ]
