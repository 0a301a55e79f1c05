#!/usr/bin/env bash
# BOT=keeper docker/rollback.sh: back to the image that ran before the last redeploy; once more goes forth again.
source "$(dirname "$0")/compose.sh"
require_bot rollback

image=$(image_of "$BOT")
docker image inspect "$image-previous" >/dev/null 2>&1 || { echo "there is no image from before for $BOT" >&2; exit 1; }
now=$(docker image inspect -f '{{.Id}}' "$image")
docker tag "$image-previous" "$image"
docker tag "$now" "$image-previous"
replace "$BOT"
revision=$(docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$image")
echo "$BOT is healthy on the image from before (revision $revision)"
