#!/usr/bin/env bash
# After docker/fork.sh: checks whether the bots do their work on the fork; the watchtower, which makes no
# transactions and checks no pools, is left out. Exit code 1 when a bot does not, with the reason.
export CHAIN=fork
source "$(dirname "$0")/compose.sh"
require_engine
since=$(date +%s)
container=$(compose ps -q --all fork)
[[ -n $container ]] || { echo 'fail  fork  there is no fork: first make fork-up' >&2; exit 1; }
read -r before _ <<<"$(condition_of "$container")"
# shellcheck disable=SC2086
if compose exec -T fork node dist/acceptance.js ${bots//watchtower/}; then exit 0; fi
# The acceptance test runs in the chain's container, and ends with it.
read -r restarts status _ <<<"$(condition_of "$container")"
if [[ $restarts != "$before" || $status != running ]]; then
  echo "fail  fork  the chain ended, and the acceptance with it: $(reason_of "$container" "$since"); next: make fork-up begins a new fork" >&2
fi
exit 1
