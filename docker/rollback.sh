#!/usr/bin/env bash
# BOT=keeper docker/rollback.sh: goes back to the image before the last redeploy; a second call goes forward
# again.
source "$(dirname "$0")/compose.sh"
require_bot rollback
require_engine
refuse_beside_stack
alone

image=$(image_of "$BOT")
previous=$(docker image inspect -f '{{.Id}}' "$image-previous" 2>/dev/null) || { echo "there is no image of $BOT from before: $make_command redeploy BOT=$BOT leaves one once it has replaced another image" >&2; exit 1; }
now=$(docker image inspect -f '{{.Id}}' "$image")
switch_to "$previous"
docker tag "$now" "$image-previous"
echo "$BOT is healthy on the image from before (revision $(label_of "$image")); make up keeps it"
