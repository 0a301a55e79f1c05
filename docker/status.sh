#!/usr/bin/env bash
# [CHAIN=base] docker/status.sh [--watch]: prints the watchtower's page as text, once or every 5 s. Each time
# it runs a new command, since a command in a container continues after the terminal that has started it is
# gone.
source "$(dirname "$0")/compose.sh"
require_engine
look() { compose exec -T watchtower node dist/cli/main.js "$@"; }
[[ ${1:-} = --watch ]] || { look "$@"; exit; }
while :; do
  text=$(look 2>&1) || true
  printf '\033[2J\033[H%s\n' "$text"
  sleep 5
done
