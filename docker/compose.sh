# Sourced by the scripts beside it: compose for the chain that CHAIN names, as the Makefile calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
env_file=.env${CHAIN:+.$CHAIN}
[[ -f $env_file ]] || { echo "there is no $env_file: run ./setup-env.sh${CHAIN:+ --chain $CHAIN} first" >&2; exit 2; }
source docker/settings.sh
read_settings
# Compose would let the caller's variables win over the file: another chain's folder of secrets, for one.
for name in $(grep -oh '\${[A-Z][A-Z0-9_]*' compose.yaml docker/*.yaml | tr -d '${' | sort -u) COMPOSE_FILE COMPOSE_PROFILES; do
  case $name in REVISION | VERSION | SECRETS_VERSION) ;; *) unset "$name" ;; esac
done
compose() { docker compose --env-file "$env_file" "$@"; }
profiles=$(setting COMPOSE_PROFILES)
bots=$(tr , '\n' <<<"$profiles" | grep -vxE 'anvil|fork|' || true)
# The bot that the caller means, in BOT.
require_bot() {
  grep -qx -- "${BOT:-}" <<<"$bots" && return
  echo "BOT: give one of $(tr '\n' ' ' <<<"$bots")for example: make $1 BOT=$(head -n 1 <<<"$bots")" >&2
  exit 2
}
# Name of the image that compose starts for a bot; the one before it has -previous at its end.
image_of() {
  echo "$(setting IMAGES | grep . || echo service-bots)/$1:$(setting TAG | grep . || setting COMPOSE_PROJECT_NAME)"
}
# Replaces one bot's container and no other; fails unless it becomes healthy, as soon as it is clear that it will not.
replace() {
  compose up -d --no-deps --no-build --force-recreate "$1" || return 1
  local container state end=$((SECONDS + ${WAIT_SECONDS:-120}))
  container=$(compose ps -q --all "$1")
  while ((SECONDS < end)); do
    state=$(docker inspect -f '{{.RestartCount}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}unknown{{end}}' "$container")
    case $state in
      '0 running healthy') return 0 ;;
      '0 running starting' | '0 created '*) sleep 1 ;;
      *) echo "$1: $(cut -d' ' -f2- <<<"$state"), ${state%% *} restarts" >&2; return 1 ;;
    esac
  done
  echo "$1: no health within ${WAIT_SECONDS:-120} s" >&2
  return 1
}
# The images that compose starts: of the registry in the settings, where they name one, or else built from this checkout.
provide_images() {
  local service
  if [[ -z $(setting IMAGES) ]]; then compose build; return; fi
  for service in ${profiles//,/ }; do
    docker image inspect "$(image_of "$service")" >/dev/null 2>&1 || docker pull --quiet "$(image_of "$service")"
  done
}
