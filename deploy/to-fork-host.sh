#!/usr/bin/env bash
# deploy/to-fork-host.sh HOST [COMMIT]: puts a commit on the host of the fork and runs the acceptance there, on a fork of
# today's chain. HOST is what ssh calls it. The host has a checkout in /opt/service-bots (or DIRECTORY) and has had one
# make fork-up, which remembers the chain. With IMAGES it takes the commit's images from that registry; else it builds.
set -euo pipefail
host=${1:?'usage: [IMAGES=ghcr.io/you/service-bots] deploy/to-fork-host.sh HOST [COMMIT]'}
commit=$(git rev-parse --verify "${2:-HEAD}^{commit}")
ssh "$host" bash -s -- "$commit" "${DIRECTORY:-/opt/service-bots}" "${IMAGES:-}" <<'REMOTE'
set -euo pipefail
cd "$2"
git fetch --quiet origin
git checkout --quiet --detach "$1"
if [[ -n ${3:-} ]]; then export IMAGES=$3 TAG=$1; fi
make fork-up
make fork-acceptance
REMOTE
