#!/usr/bin/env bash
# Whether this host and the bots on it are set up to work: one line for each check, exit code 1 when one fails. It
# changes nothing that runs and sends nothing, so it may be run at any time; each bot is examined in a container of its own
# image, which is built (or pulled) where there is none yet.
source "$(dirname "$0")/compose.sh"

failed=0
line() { # verdict, what, detail
  printf '%-4s  host  %-20s  %s\n' "$1" "$2" "$3"
  [[ $1 != fail ]] || failed=1
}
mode_of() { stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1"; }

# ── Settings and secrets ──
if [[ $(mode_of "$env_file") = 600 ]]; then line ok settings "$env_file"; else line warn settings "$env_file can be read by others: chmod 600 $env_file"; fi
if inline=$(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml | while read -r name; do
  [[ -z $(setting "$name") ]] || echo "$name"; done | paste -sd' ' -) && [[ -n $inline ]]; then
  line fail settings "$inline: belongs in the folder of secrets; run ./setup-env.sh again, which moves it there"
fi
secrets=$(setting SECRETS_DIR)
user=$(setting BOTS_USER)
if [[ ! -d $secrets ]]; then line fail secrets "there is no $secrets: run ./setup-env.sh"
else
  open=$(find "$secrets" \( -type f ! -perm 600 \) -o \( -type d ! -perm 700 \))
  if [[ -n $open ]]; then line fail secrets "others can read $(tr '\n' ' ' <<<"$open")"; else line ok secrets "$secrets, mode 700 and 600"; fi
  foreign=$(find "$secrets" -type f ! -user "${user%%:*}")
  [[ -z $foreign ]] || line fail secrets "not owned by the bots' user ${user%%:*}: $(tr '\n' ' ' <<<"$foreign")"
fi

# ── The machine ──
if version=$(docker version -f '{{.Server.Version}}' 2>/dev/null); then line ok docker "engine $version, compose $(docker compose version --short)"
else line fail docker 'the engine does not answer'; exit 1; fi
if synchronised=$(timedatectl show -p NTPSynchronized --value 2>/dev/null); then
  if [[ $synchronised = yes ]]; then line ok clock 'synchronised'; else line fail clock 'not synchronised: install chrony'; fi
else line warn clock 'timedatectl does not say whether it is synchronised; see the bots below'; fi
free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
if ((free_kb > 2000000)); then line ok disk "$((free_kb / 1000000)) GB free"; else line fail disk "only $((free_kb / 1000)) MB free: docker system prune"; fi

# ── The bots ──
state_of() {
  local container
  container=$(compose ps -q --all "$1")
  if [[ -n $container ]]; then
    docker inspect -f '{{.State.Status}}, {{with .State.Health}}{{.Status}}{{end}}, {{.RestartCount}} restarts' "$container"
  elif stack_runs; then
    docker service ls --filter "name=${project}_$1" --format 'swarm, {{.Replicas}} healthy' 2>/dev/null || echo 'swarm, not known here'
  else echo 'not started'
  fi
}
[[ -n $bots ]] || line fail bots "COMPOSE_PROFILES in $env_file names none: nothing is examined; run ./setup-env.sh"
! { stack_runs && compose_runs; } || line fail bots 'compose and the swarm both run them, with the same keys: end one of the two'
aside=$(mktemp)
trap 'rm -f "$aside"' EXIT
for bot in $bots; do
  state=$(state_of "$bot")
  case $state in
    'running, healthy'* | 'swarm, 1/1'*) line ok "$bot" "$state" ;;
    'not started' | 'running, starting'* | 'swarm, not known'*) line warn "$bot" "$state" ;;
    *) line fail "$bot" "${state:-not in the stack}: make logs BOT=$bot" ;;
  esac
  if ! said=$(provide_image "$bot" 2>&1); then
    line fail "$bot" "there is no image, and none could be had: $(tail -n 1 <<<"$said")"
    continue
  fi
  found=$(compose run --rm --no-deps -T "$bot" --check </dev/null 2>"$aside") || failed=1
  if [[ -n $found ]]; then printf '%s\n' "$found"; else line fail "$bot" "cannot be examined: $(tail -n 1 "$aside")"; fi
done
exit "$failed"
