#!/usr/bin/env bash
# Whether this host and the bots on it are set up to work: one line for each check, exit code 1 when one fails. It
# changes nothing and sends nothing, so it may be run at any time; each bot is examined in a container of its own image.
source "$(dirname "$0")/compose.sh"

failed=0
line() { # verdict, what, detail
  printf '%-4s  host  %-20s  %s\n' "$1" "$2" "$3"
  [[ $1 != fail ]] || failed=1
}
mode_of() { stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1"; }
owner_of() { stat -c %u "$1" 2>/dev/null || stat -f %u "$1"; }

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
for bot in $bots; do
  container=$(compose ps -q --all "$bot")
  state=$([[ -z $container ]] && echo 'not started' || docker inspect -f '{{.State.Status}}, {{with .State.Health}}{{.Status}}{{end}}, {{.RestartCount}} restarts' "$container")
  case $state in 'running, healthy'*) line ok "$bot" "$state" ;; *) line warn "$bot" "$state" ;; esac
  if ! docker image inspect "$(image_of "$bot")" >/dev/null 2>&1; then line warn "$bot" 'has no image yet: make up'; continue; fi
  compose run --rm --no-deps --quiet-pull -T "$bot" --check </dev/null || failed=1
done
exit "$failed"
