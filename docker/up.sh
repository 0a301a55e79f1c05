#!/usr/bin/env bash
# [CHAIN=base] docker/up.sh: starts the bots that the settings name, stops those that they no longer name, and
# waits until all are healthy. Builds only missing images: an image after a rollback stays, and new code comes
# with make redeploy.
source "$(dirname "$0")/compose.sh"
[[ -n $profiles ]] || { echo "COMPOSE_PROFILES: $env_file names no bot, for example: COMPOSE_PROFILES=checkpoint,invariant" >&2; exit 2; }
require_engine
refuse_beside_stack
alone

for service in ${profiles//,/ }; do
  # For development the present code is used.
  case $service in anvil | fork) if [[ -z $(setting IMAGES) ]]; then build "$service"; continue; fi ;; esac
  provide_image "$service"
  [[ -z $(setting IMAGES) ]] || continue
  has=$(label_of "$(image_of "$service")")
  [[ $has = "$(revision_of "$service")" ]] ||
    echo "$service stays on revision $has; for $(revision_of "$service"), this checkout's: $make_command redeploy BOT=$service"
done
# Compose leaves services alone that no profile names any more. The containers of make observability are no
# bots, and stay.
observability=$(sed -n 's/^  \([a-z-]*\):$/\1/p' deploy/observability/compose.yaml)
for container in $(docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False); do
  service=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.service"}}' "$container")
  if [[ ,$profiles, != *,$service,* ]] && ! grep -qx -- "$service" <<<"$observability"; then
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
    echo "$service: stopped, since $env_file does not name it any more; its state stays"
  fi
done
# shellcheck disable=SC2086
start_services ${profiles//,/ }
echo "healthy: ${profiles//,/, }"
