#!/usr/bin/env bash
# IMAGES=ghcr.io/you/service-bots deploy/publish.sh [NAME …]: builds the images of this commit for both kinds
# of machine, with SBOM and provenance, and pushes them under the commit's hash. NAME: a bot, or anvil; all
# unless given. An image that is in the registry already is left alone: an image is built once, and a release
# adds another name to it.
set -euo pipefail
cd "$(dirname "$0")/.."
images=${IMAGES:?'give the registry, for example IMAGES=ghcr.io/you/service-bots'}
[[ -z $(git status --porcelain) ]] || { echo 'an image is named after a commit, and there are changes: commit first' >&2; exit 2; }
commit=$(git rev-parse HEAD)
[[ $# -gt 0 ]] || set -- $(ls bots) anvil
for name in "$@"; do
  image=$images/$name:$commit
  if docker buildx imagetools inspect "$image" >/dev/null 2>&1; then echo "$image is there already"; continue; fi
  dockerfile=docker/bot.Dockerfile
  if [[ $name = anvil ]]; then dockerfile=docker/anvil.Dockerfile
  elif [[ ! -d bots/$name ]]; then echo "$name: there is no such bot" >&2; exit 2; fi
  docker buildx build . --file "$dockerfile" --push --tag "$image" \
    --platform "${PLATFORMS:-linux/amd64,linux/arm64}" --sbom true --provenance mode=max \
    --build-arg BOT="$name" --build-arg REVISION="$commit" --build-arg VERSION="$(git describe --tags --always)" \
    ${NODE_IMAGE:+--build-arg NODE_IMAGE="$NODE_IMAGE"} \
    --cache-from "type=registry,ref=$images/$name:cache" --cache-to "type=registry,ref=$images/$name:cache,mode=max"
done
