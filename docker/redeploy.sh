#!/usr/bin/env bash
# BOT=keeper docker/redeploy.sh: builds the bot's image from this checkout (or takes IMAGE), replaces that bot
# alone, waits until it is healthy, and goes back to the image before if it does not get healthy or the user
# interrupts.
source "$(dirname "$0")/compose.sh"
require_bot redeploy
require_engine
refuse_beside_stack
alone

image=$(image_of "$BOT")
container=$(compose ps -q --all "$BOT")
running=${container:+$(docker inspect -f '{{.Image}}' "$container")}
back() { [[ -z $running ]] || docker tag "$running" "$image"; }

if [[ -n ${IMAGE:-} ]]; then
  has_image "$IMAGE" || docker pull "$IMAGE"
  wanted=$IMAGE
else
  # Until the new image has proved to work, the name stays with the running one.
  trap 'back; exit 130' INT TERM HUP
  build "$BOT"
  wanted=${image%:*}:$(revision_of "$BOT")
  docker tag "$image" "$wanted"
  back
  trap - INT TERM HUP
fi

switch_to "$wanted"
# A redeploy of the same image, for example after a change of settings, keeps the target of rollback.
if [[ -n $running && $running != $(docker image inspect -f '{{.Id}}' "$wanted") ]]; then docker tag "$running" "$image-previous"; fi
if has_image "$image-previous"; then echo "$BOT is healthy on $wanted; back to the one before: $make_command rollback BOT=$BOT"
else echo "$BOT is healthy on $wanted; it is its first image here, and there is none before it to go back to"
fi
