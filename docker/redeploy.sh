#!/usr/bin/env bash
# BOT=keeper docker/redeploy.sh: builds the bot's image from this checkout (or takes IMAGE), replaces that bot alone,
# waits until it is healthy, and goes back to the image before when it does not become so.
source "$(dirname "$0")/compose.sh"
require_bot redeploy

image=$(image_of "$BOT")
container=$(compose ps -q --all "$BOT")
running=${container:+$(docker inspect -f '{{.Image}}' "$container")}
REVISION=$(git rev-parse --short=12 HEAD)$([[ -z $(git status --porcelain) ]] || echo -dirty)
VERSION=$(git describe --tags --always --dirty)
export REVISION VERSION

if [[ -n ${IMAGE:-} ]]; then
  docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull "$IMAGE"
  docker tag "$IMAGE" "$image"
else
  compose build "$BOT"
  docker tag "$image" "${image%:*}:$REVISION"
fi

if replace "$BOT"; then
  [[ -z $running ]] || docker tag "$running" "$image-previous"
  echo "$BOT is healthy on ${IMAGE:-${image%:*}:$REVISION}; back to the one before: make rollback BOT=$BOT"
  exit 0
fi
echo "$BOT did not become healthy; its last lines:" >&2
compose logs --no-log-prefix --tail 20 "$BOT" >&2
[[ -n $running ]] || { echo "there is no image to go back to" >&2; exit 1; }
docker tag "$running" "$image"
replace "$BOT" && echo "rolled back: $BOT runs the image from before and is healthy" >&2
exit 1
