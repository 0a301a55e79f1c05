#!/usr/bin/env bash
# docker/ops.sh drill telegram: an operators' command (ops) in a container, which has the channels of .env.
said=()
for name in DRY_RUN REVISION DEPLOYED_BY; do
  [[ -z ${!name:-} ]] || said+=(--env "$name=${!name}")
done
input=/dev/null
# A file of this host, which is not visible in the container.
if [[ "${1:-} ${2:-}" = 'owners check' && -n ${3:-} ]]; then input=$3; set -- owners check -; fi
source "$(dirname "$0")/compose.sh"
require_engine
# The tables of alerts and owners are this checkout's: the image is built again only when they may differ.
image=$(image_of ops)
if ! has_image "$image" || [[ $(label_of "$image") != "$(revision_of ops)" || $(label_of "$image") = *-dirty ]]; then
  build ops --quiet >/dev/null
fi
compose run --rm --no-deps -T ${said[@]+"${said[@]}"} ops "$@" <"$input"
