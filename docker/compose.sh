# shellcheck shell=bash
# Sourced by the scripts beside it: compose for the chain that CHAIN names, as the Makefile calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
env_file=.env${CHAIN:+.$CHAIN}
[[ -f $env_file ]] || { echo "there is no $env_file: run ./setup-env.sh${CHAIN:+ --chain $CHAIN} first" >&2; exit 2; }
source docker/settings.sh
read_settings
# Compose would let the caller's variables win over the file: another chain's folder of secrets, for one.
for name in $(grep -oh '\${[A-Z][A-Z0-9_]*' compose.yaml docker/*.yaml | tr -d '${' | sort -u) COMPOSE_FILE COMPOSE_PROFILES; do
  case $name in REVISION | VERSION) ;; *) unset "$name" ;; esac
done
compose() { docker compose --env-file "$env_file" "$@"; }
profiles=$(setting COMPOSE_PROFILES)
bots=$(tr , '\n' <<<"$profiles" | grep -vxE 'anvil|fork|' || true)
project=$(setting COMPOSE_PROJECT_NAME)
# The bot that the caller means, in BOT.
require_bot() {
  grep -qx -- "${BOT:-}" <<<"$bots" && return
  echo "BOT: give one of $(tr '\n' ' ' <<<"$bots")for example: make $1 BOT=$(head -n 1 <<<"$bots")" >&2
  exit 2
}
# One of up, redeploy, rollback and the swarm's deploy.sh at a time, for one chain on this host.
alone() {
  exec 9<"$env_file"
  # Where there is no flock (macOS), who deploys twice at once is on their own.
  ! command -v flock >/dev/null || flock --nonblock 9 || { echo "another make up, redeploy or rollback of $project is under way" >&2; exit 1; }
}
# Whether compose, or a swarm, runs these bots on this host.
compose_runs() { [[ -n $(docker ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False) ]]; }
stack_runs() {
  local filter=label=com.docker.stack.namespace=$project
  [[ -n $(docker service ls -q --filter "$filter" 2>/dev/null || true)$(docker ps -q --filter "$filter") ]]
}
# The same keys twice on one host.
refuse_beside_stack() {
  ! stack_runs || { echo "these bots run as the swarm's stack $project already, with the same keys: deploy/swarm/deploy.sh, or first docker stack rm $project" >&2; exit 1; }
}
# The last commit that changed anything in a service's image: any other commit replaces none.
revision_of() {
  local paths=(.dockerignore package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json)
  case $1 in
    anvil | fork) paths+=(docker/anvil.Dockerfile packages/devnet) ;;
    ops) paths+=(docker/bot.Dockerfile packages/core bots ops) ;;
    *) paths+=(docker/bot.Dockerfile docker/healthcheck.mjs packages/core "bots/$1") ;;
  esac
  echo "$(git log -1 --format=%h --abbrev=12 -- "${paths[@]}")$([[ -z $(git status --porcelain -- "${paths[@]}") ]] || echo -dirty)"
}
label_of() { docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"; }
# Builds a service's image from this checkout; --quiet and the like come after the service.
build() {
  local revision
  revision=$(revision_of "$1")
  REVISION=$revision VERSION=$(git describe --tags --always "${revision%-dirty}") compose build "${@:2}" "$1"
}
# Gets a service its first image: from the registry in the settings, where they name one, or else from this checkout; the
# same one for all chains.
provide_image() {
  local image revision another
  image=$(image_of "$1")
  if docker image inspect "$image" >/dev/null 2>&1; then return; fi
  if [[ -n $(setting IMAGES) ]]; then docker pull --quiet "$image"; return; fi
  revision=$(revision_of "$1")
  another=$(docker images -q --filter "label=org.opencontainers.image.revision=$revision" "${image%:*}" | head -n 1)
  if [[ -n $another && $revision != *-dirty ]]; then docker tag "$another" "$image"; else build "$1"; fi
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
    [[ -z ${interrupted:-} ]] || return 1
    case $state in
      '0 running healthy') return 0 ;;
      '0 running starting' | '0 created '*) sleep 1 ;;
      *) echo "$1: $(cut -d' ' -f2- <<<"$state"), ${state%% *} restarts" >&2; return 1 ;;
    esac
  done
  echo "$1: no health within ${WAIT_SECONDS:-120} s" >&2
  return 1
}
# Puts BOT on another image. Unless it gets healthy, and when somebody interrupts, it goes back to the one that it has
# now, and fails.
switch_to() { # image
  local image before container
  image=$(image_of "$BOT")
  container=$(compose ps -q --all "$BOT")
  before=${container:+$(docker inspect -f '{{.Image}}' "$container")}
  interrupted=''
  trap 'interrupted=yes' INT TERM HUP
  docker tag "$1" "$image"
  if replace "$BOT"; then trap - INT TERM HUP; return; fi
  if [[ -n $interrupted ]]; then echo 'interrupted' >&2
  else
    echo "$BOT did not become healthy; its last lines:" >&2
    compose logs --no-log-prefix --tail 20 "$BOT" >&2 || true
  fi
  [[ -n $before ]] || { echo 'there is no image to go back to' >&2; return 1; }
  # The name first: should this be interrupted too, make up completes it.
  docker tag "$before" "$image"
  interrupted=''
  if replace "$BOT"; then echo "rolled back: $BOT runs the image from before and is healthy" >&2
  else echo "$BOT is on the image from before, but not healthy: make up completes an interrupted return; make doctor" >&2
  fi
  return 1
}
# The images that compose starts: of the registry in the settings, where they name one, or else built from this checkout.
provide_images() {
  local service
  for service in ${profiles//,/ }; do
    if [[ -z $(setting IMAGES) ]]; then build "$service"; else provide_image "$service"; fi
  done
}
