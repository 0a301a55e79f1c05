#!/usr/bin/env bash
# IMAGES=ghcr.io/you/service-bots deploy/promote.sh RELEASE [COMMIT]: adds the release's name to the images
# that were built for the commit. It builds nothing: the released images are the tested ones, to the byte.
set -euo pipefail
cd "$(dirname "$0")/.."
images=${IMAGES:?'give the registry, for example IMAGES=ghcr.io/you/service-bots'}
release=${1:?'usage: deploy/promote.sh RELEASE [COMMIT]'}
commit=$(git rev-parse --verify "${2:-HEAD}^{commit}")
digest_of() { docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1"; }
for name in $(ls bots) anvil; do
  built=$(digest_of "$images/$name:$commit") \
    || { echo "there is no $images/$name:$commit: deploy/publish.sh builds it, from main CI does" >&2; exit 1; }
  docker buildx imagetools create --tag "$images/$name:$release" "$images/$name@$built"
  [[ $(digest_of "$images/$name:$release") = "$built" ]] \
    || { echo "$images/$name:$release is another image than $built" >&2; exit 1; }
  echo "$images/$name:$release is $built"
done
