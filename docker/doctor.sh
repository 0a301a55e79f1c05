#!/usr/bin/env bash
# Checks whether the configuration of this host and its bots is right: a line for each check, exit code 1 when
# one fails. It changes nothing that runs and sends nothing, so it may be run at any time. Each bot is
# examined in a container of its own image, which is built (or pulled) where it does not exist yet.
source "$(dirname "$0")/compose.sh"

failed=0
line() { # verdict, what, detail
  printf '%-4s  host  %-20s  %s\n' "$1" "$2" "$3"
  [[ $1 != fail ]] || failed=1
}
mode_of() { stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1"; }
# Prints file names in shell quoting, in one line.
quoted() { while IFS= read -r file; do printf ' %q' "$file"; done; }

# ── Settings and secrets ──
if [[ $(mode_of "$env_file") = 600 ]]; then line ok settings "$env_file"; else line warn settings "others can read $env_file: chmod 600 $env_file"; fi
if inline=$(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml | while read -r name; do
  [[ -z $(setting "$name") ]] || echo "$name"; done | paste -sd' ' -) && [[ -n $inline ]]; then
  line fail settings "$inline: belongs in the folder of secrets; run ./setup-env.sh again, which moves it there"
fi
secrets=$(setting SECRETS_DIR)
user=$(setting BOTS_USER)
if [[ ! -d $secrets ]]; then line fail secrets "there is no $secrets: run ./setup-env.sh"
else
  # Compose mounts the target of a link.
  odd=$(for name in $(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml); do
    file=$secrets/$name
    [[ -f $file || (! -e $file && ! -L $file) ]] || echo "$file"
  done | quoted)
  [[ -z $odd ]] || line fail secrets "has to be a file, or a link to one:$odd; move it away, then ./setup-env.sh"
  open=$(find -L "$secrets" -type f ! -perm 600 | quoted)
  [[ -z $open ]] || line fail secrets "others can read, or the bots cannot: chmod 600$open"
  folders=$(find "$secrets" -maxdepth 0 -type d ! -perm 700 | quoted)
  [[ -z $folders ]] || line fail secrets "others can look into: chmod 700$folders"
  foreign=$(find -L "$secrets" -type f ! -user "${user%%:*}" | quoted)
  [[ -z $foreign ]] || line fail secrets "the bots run as user ${user%%:*}, who does not own: sudo chown $user$foreign"
  [[ -n $odd$open$folders$foreign ]] || line ok secrets "$secrets, mode 700 and 600"
fi

# A watchtower with the providers, channels and dead man's switch of the bots falls silent when they do.
hosts_of() { # the hosts of the URLs in these secrets; the URLs themselves hold keys
  for name in "$@"; do cat "$secrets/$name" 2>/dev/null || true; echo; done | tr ', ' '\n\n' |
    sed -nE 's#^[a-zA-Z]+://([^/?#]+).*#\1#p' | tr A-Z a-z | sort -u
}
content_of() { cat "$secrets/$1" 2>/dev/null || true; }
if grep -qx watchtower <<<"$bots" && [[ $bots != watchtower ]]; then
  shared='' own=''
  if [[ -z $(hosts_of WATCHTOWER_RPC_URL | grep -vxFf <(hosts_of RPC_URL RPC_URI RPC_URL_FALLBACK; echo -)) ]]; then
    shared='providers (WATCHTOWER_RPC_URL)'
  else own=providers; fi
  switch=$(content_of watchtower_HEARTBEAT_URL) has_switch=yes
  [[ -n $switch ]] || has_switch=''
  for bot in $bots; do
    [[ $bot = watchtower || -z $switch || $(content_of "${bot}_HEARTBEAT_URL") != "$switch" ]] || has_switch=''
  done
  if [[ -n $has_switch ]]; then own+="${own:+ and }a dead man's switch"
  else shared+="${shared:+, }dead man's switch (watchtower_HEARTBEAT_URL)"; fi
  if [[ -n $own ]]; then line ok independence "the watchtower has $own of its own"
  else line warn independence "the watchtower has no $shared of its own, and the channels are those of the bots: it falls silent when they do"; fi
fi

# ── The machine ──
problem=$(engine_problem)
if [[ -n $problem ]]; then line fail docker "$problem"; exit 1; fi
engine=$(docker version -f '{{.Server.Version}}')
compose=$(compose_version)
if ! is_at_least "$engine" 20.10; then line fail docker "engine $engine is older than 20.10: upgrade it"
elif [[ -z $compose ]]; then line warn docker "engine $engine; compose gives no version; 2.24 or newer is needed"
elif ! is_at_least "$compose" 2.24; then line fail docker "compose $compose is older than 2.24: upgrade docker-compose"
else line ok docker "engine $engine, compose $compose"; fi
[[ -n $(setting IMAGES) ]] || docker buildx version >/dev/null 2>&1 ||
  line fail docker 'buildx is not installed, and the images are built here: sudo apt-get install docker-buildx'
if synchronised=$(timedatectl show -p NTPSynchronized --value 2>/dev/null); then
  if [[ $synchronised = yes ]]; then line ok clock 'synchronised'; else line fail clock 'not synchronised: sudo apt-get install chrony'; fi
else line warn clock 'timedatectl gives no answer; see the clock of the bots below'; fi
free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
if ((free_kb > 2000000)); then line ok disk "$((free_kb / 1000000)) GB free"; else line fail disk "only $((free_kb / 1000)) MB free: docker system prune"; fi
# A bot that gets no processor loses its lease, and its health check fails.
if [[ -r /proc/loadavg ]]; then
  read -r load _ </proc/loadavg
  cores=$(nproc)
  if ((${load%.*} > 4 * cores)); then line warn load "$load on $cores cores: bots that wait for a processor are late, and may get unhealthy; find the cause with top"
  else line ok load "$load on $cores cores"; fi
fi

# A swarm publishes no port.
if grep -qx watchtower <<<"$bots" && ! stack_runs; then
  taken=$(port_problem)
  [[ -z $taken ]] || line fail page "$taken"
fi

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
wallets=''
for bot in $bots; do
  state=$(state_of "$bot")
  case $state in
    'running, healthy'* | 'swarm, 1/1'*) line ok "$bot" "$state" ;;
    # Containers that docker/restore.sh, or a start that failed, has left.
    created*) line warn "$bot" "not started yet: $make_command up starts it" ;;
    'not started' | 'running, starting'* | 'swarm, not known'*) line warn "$bot" "$state: $make_command up starts it" ;;
    *) line fail "$bot" "${state:-not in the stack}: $make_command logs BOT=$bot" ;;
  esac
  if ! has_image "$(image_of "$bot")"; then
    [[ -n $(setting IMAGES) ]] || echo "the image of $bot is built first, which may take a minute or two" >&2
    if ! said=$(provide_image "$bot" 2>&1); then
      line fail "$bot" "there is no image, and it cannot be built or pulled: $(tail -n 1 <<<"$said")"
      continue
    fi
  fi
  found=$(compose run --rm --no-deps -T "$bot" --check </dev/null 2>"$aside") || failed=1
  if [[ -n $found ]]; then printf '%s\n' "$found"; else line fail "$bot" "cannot be examined: $(tail -n 1 "$aside")"; fi
  wallet=$(sed -nE 's/^(ok|warn|fail) +[^ ]+ +wallet +(0x[0-9a-fA-F]{40}).*/\2/p' <<<"$found" | tr A-F a-f)
  [[ -z $wallet ]] || wallets+="$wallet $bot"$'\n'
done
# Two bots that send from one wallet use each other's nonces, and a leak of the one key is a leak of both.
while read -r wallet; do
  sharing=$(awk -v wallet="$wallet" '$1 == wallet { print $2 }' <<<"$wallets" | paste -sd' ' - | sed 's/ / and /g')
  line fail keys "$sharing have the same key (wallet $wallet): give each bot a key of its own, see docs/keys.md"
done < <(cut -d' ' -f1 <<<"$wallets" | grep . | sort | uniq -d)
exit "$failed"
