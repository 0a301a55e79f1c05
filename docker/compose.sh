# shellcheck shell=bash
# Sourced by the scripts beside it: compose for the chain that CHAIN names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
env_file=.env${CHAIN:+.$CHAIN}
# The command as a person types it: make doctor, or CHAIN=base make doctor.
make_command="${CHAIN:+CHAIN=$CHAIN }make"
[[ -f $env_file ]] || {
  case ${CHAIN:-} in
    fork) echo "there is no $env_file, so no fork either: first make fork-up FORK_URL=https://…" >&2 ;;
    *) echo "there is no $env_file: first ./setup-env.sh${CHAIN:+ --chain $CHAIN} --service-bots (or --keeper, --all; --help explains)" >&2 ;;
  esac
  exit 2
}
source docker/settings.sh
source docker/engine.sh
source docker/images.sh
source docker/health.sh
read_settings
# Creates an empty file, which is an unused secret, for each secret that this checkout has and the one before
# did not. Without it no container could be created after an upgrade, or from an older backup.
provide_secrets() {
  local folder name file
  folder=$(setting SECRETS_DIR)
  [[ -d $folder && -w $folder ]] || return 0
  for name in $(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml); do
    file=$folder/$name
    [[ ! -e $file && ! -L $file ]] || continue
    (umask 077; : >"$file")
    if [[ $(id -u) = 0 ]]; then chown "$(setting BOTS_USER)" "$file"; fi
  done
}
provide_secrets
# Compose would otherwise prefer the caller's variables to the file, for example another chain's folder of
# secrets.
for name in $(grep -oh '\${[A-Z][A-Z0-9_]*' compose.yaml docker/*.yaml | tr -d '${' | sort -u) COMPOSE_FILE COMPOSE_PROFILES; do
  case $name in REVISION | VERSION) ;; *) unset "$name" ;; esac
done
compose() { docker compose --env-file "$env_file" "$@"; }
profiles=$(setting COMPOSE_PROFILES)
bots=$(tr , '\n' <<<"$profiles" | grep -vxE 'anvil|fork|' || true)
# The chain that runs beside the bots, for development: anvil, fork or none.
local_chain=$(tr , '\n' <<<"$profiles" | grep -xE 'anvil|fork' || true)
project=$(setting COMPOSE_PROJECT_NAME)
# Requires the bot that the caller names in BOT.
require_bot() {
  grep -qx -- "${BOT:-}" <<<"$bots" && return
  echo "BOT: give one of $(tr '\n' ' ' <<<"$bots")for example: $make_command $1 BOT=$(head -n 1 <<<"$bots")" >&2
  exit 2
}
# Runs one of up, redeploy, rollback and the swarm's deploy.sh at a time, for one chain on this host.
alone() {
  exec 9<"$env_file"
  # Where there is no flock (macOS), simultaneous deployments are not prevented.
  ! command -v flock >/dev/null || flock --nonblock 9 || { echo "another make up, redeploy or rollback of $project is under way" >&2; exit 1; }
}
# Whether compose, or a swarm, runs these bots on this host.
compose_runs() { [[ -n $(docker ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False) ]]; }
stack_runs() {
  local filter=label=com.docker.stack.namespace=$project
  [[ -n $(docker service ls -q --filter "$filter" 2>/dev/null || true)$(docker ps -q --filter "$filter") ]]
}
# Refuses to use the same keys twice on one host.
refuse_beside_stack() {
  ! stack_runs || { echo "these bots run as the swarm's stack $project already, with the same keys: deploy/swarm/deploy.sh, or first docker stack rm $project" >&2; exit 1; }
}
