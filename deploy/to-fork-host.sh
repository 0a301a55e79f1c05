#!/usr/bin/env bash
# deploy/to-fork-host.sh HOST [COMMIT]: puts a commit on the host of the fork and runs the acceptance test
# there, on a fork of today's chain. HOST is its name for ssh. The host has a checkout in /opt/service-bots
# (or DIRECTORY) and one earlier make fork-up, which set the chain. With IMAGES it uses the commit's images
# from that registry; else it builds them.
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
