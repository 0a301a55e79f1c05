#!/usr/bin/env bash
# docker/ops.sh drill telegram: an operators' command (ops) in a container, which has the channels of .env.
said=()
for name in DRY_RUN REVISION DEPLOYED_BY; do
  [[ -z ${!name:-} ]] || said+=(--env "$name=${!name}")
done
source "$(dirname "$0")/compose.sh"
compose build --quiet ops
compose run --rm --no-deps -T ${said[@]+"${said[@]}"} ops "$@" </dev/null
