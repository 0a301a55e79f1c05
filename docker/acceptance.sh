#!/usr/bin/env bash
# After docker/fork.sh: whether the bots do on the fork what they are there for. Exit code 1 when one does not.
export CHAIN=fork
source "$(dirname "$0")/compose.sh"
# shellcheck disable=SC2086
compose exec -T fork node dist/acceptance.js $bots
