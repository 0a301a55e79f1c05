# Sourced by the scripts beside it: compose for the chain that CHAIN names, as the Makefile calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
env_file=.env${CHAIN:+.$CHAIN}
[[ -f $env_file ]] || { echo "there is no $env_file: run ./setup-env.sh${CHAIN:+ --chain $CHAIN} first" >&2; exit 2; }
compose() { docker compose --env-file "$env_file" "$@"; }
setting() { sed -n "s/^$1=//p" "$env_file" | tail -n 1; }
profiles=$(setting COMPOSE_PROFILES)
bots=$(tr , '\n' <<<"$profiles" | grep -vxE 'anvil|fork|' || true)
# The bot that the caller means, in BOT.
require_bot() {
  grep -qx -- "${BOT:-}" <<<"$bots" && return
  echo "BOT: give one of $(tr '\n' ' ' <<<"$bots")for example: make $1 BOT=$(head -n 1 <<<"$bots")" >&2
  exit 2
}
# Name of the image that compose starts for a bot; the one before it has -previous at its end.
image_of() { echo "$(setting IMAGES | grep . || echo service-bots)/$1:$(setting COMPOSE_PROJECT_NAME)"; }
# Replaces one bot's container and no other; fails unless it is healthy in time.
replace() { compose up -d --no-deps --no-build --wait --wait-timeout "${WAIT_SECONDS:-120}" "$1"; }
