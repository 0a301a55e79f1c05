#!/usr/bin/env bash
# deploy/to-fork-host.sh HOST [COMMIT]: puts a commit on the host of the fork and runs the acceptance there. HOST is what
# ssh calls it. The host has a checkout in /opt/service-bots (or DIRECTORY) and knows which chain it forks.
set -euo pipefail
host=${1:?'usage: deploy/to-fork-host.sh HOST [COMMIT]'}
commit=${2:-$(git rev-parse HEAD)}
ssh "$host" bash -s -- "$commit" "${DIRECTORY:-/opt/service-bots}" <<'REMOTE'
set -euo pipefail
cd "$2"
git fetch --quiet origin
git checkout --quiet --detach "$1"
# A fork of today's chain, not of the day of the last deployment.
make fork-down
make fork-up
make fork-acceptance
REMOTE
