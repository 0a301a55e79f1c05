#!/usr/bin/env bash
# Chooses the bots that run on this host, and writes compose's configuration for them. Needs nothing but bash;
# with openssl it shows the addresses of wallets.
set -euo pipefail
cd "$(dirname "$0")"
source docker/settings.sh
source docker/answers.sh
source docker/wallets.sh

usage() {
  cat <<'TEXT'
Usage: ./setup-env.sh [--chain NAME] <what to run>

Writes .env (.env.NAME with --chain) and makes a folder of secrets outside the repository. Lines and secrets that exist
are kept: run it again to add a bot. On a terminal it asks for missing values. Elsewhere it takes them from variables of
the same name, and prints the names that are still missing.

TEXT
  describe_bots
  cat <<TEXT
  --service-bots   ${service_bots// /, }
  --all            ${most_bots// /, }
TEXT
  cat <<'TEXT'
  --anvil          with a local chain that has the real contracts, for development
  --fork           with a fork of a live chain and throwaway keys; the name of this chain is fork
  --chain NAME     separate settings and secrets, for one more chain on this host: CHAIN=NAME make up
  --secrets-from COMMAND
                   fills the folder of secrets from a password manager. The command runs once for each secret of these
                   bots, with its name in place of {name}, and prints the secret. A changed token or URL is replaced, a
                   key never. For example: --secrets-from 'lpass show --password service-bots/{name}'
  --help           this

A key or token is a file in the folder of secrets: edit it there, then make restart BOT=…. To remove a bot, delete its
name in COMPOSE_PROFILES of .env: make up then stops it. With --anvil and --fork, FORK_URL is the only key, token or URL
that is taken from the shell's variables.
TEXT
}

stop() { printf 'setup-env: %s\n' "$*" >&2; exit 2; }
say() { printf '%s\n' "$*"; }

# ── What was asked for ──
chain=${CHAIN:-} bots='' development='' secrets_from=''
choose() { case " $bots " in *" $1 "*) ;; *) bots="${bots:+$bots }$1" ;; esac; }
while [[ $# -gt 0 ]]; do
  case $1 in
    --service-bots) for each in $service_bots; do choose "$each"; done ;;
    --all) for each in $most_bots; do choose "$each"; done ;;
    --anvil | --fork) [[ -z $development || $development = "${1#--}" ]] || stop '--anvil or --fork, not both'
      development=${1#--} ;;
    --chain) [[ $# -gt 1 ]] || stop '--chain needs a name, for example: --chain base'; chain=$2; shift ;;
    --secrets-from)
      [[ ${2:-} = *'{name}'* ]] \
        || stop "--secrets-from needs a command with {name} in it, for example: --secrets-from 'pass show service-bots/{name}'"
      secrets_from=$2; shift ;;
    --help) usage; exit 0 ;;
    *) [[ $1 = --* && " $all_bots " = *" ${1#--} "* ]] || { usage >&2; stop "there is no $1"; }
      choose "${1#--}" ;;
  esac
  shift
done
[[ -n $bots || -n $development ]] || { usage >&2; stop 'name the bots to run, for example --service-bots'; }
case $chain in
  default | example) stop "--chain: $chain is taken; choose another name, for example base" ;;
  fork) [[ $development != anvil ]] || stop '--chain: fork is the name of a fork; choose another, for example dev'
    development=fork ;;
esac
if [[ $development = fork ]]; then
  [[ -z $chain || $chain = fork ]] || stop "--fork has settings of its own, .env.fork: leave out $chain"
  chain=fork
fi
name='^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$'
[[ $chain =~ $name ]] || stop "--chain: $chain is not a name of lower-case letters, digits and dashes, for example base"

# ── What is there already ──
env_file=.env${chain:+.$chain}
read_settings
asked=$bots bots=''
for each in $(setting COMPOSE_PROFILES | tr , ' '); do
  case $each in
    anvil | fork) [[ -z $development || $development = "$each" ]] \
      || stop "--$development: the bots of $env_file have the chain $each; use --chain with another name"
      development=$each ;;
    *) choose "$each" ;;
  esac
done
for each in $asked; do choose "$each"; done
[[ -z $secrets_from || -z $development ]] || stop "--secrets-from: no key, token or URL of a real chain goes to --$development"

folder() { # setting, path: absolute, and outside of the checkout after all links are followed
  local there=$2
  case $there/ in
    /*/../* | /*/./*) stop "$1: $2: leave out the dots, for example /etc/service-bots/secrets" ;;
    /*) ;;
    *) stop "$1: $2 has to begin with a slash, for example /etc/service-bots/secrets" ;;
  esac
  while [[ ! -d $there ]]; do there=$(dirname "$there"); done
  case $(cd -P "$there" && pwd -P)/ in
    "$(pwd -P)"/*) stop "$1: $2 is inside the repository; choose a folder outside of it" ;;
  esac
}
home=${SERVICE_BOTS_HOME:-$([[ $(id -u) = 0 ]] && echo /etc || echo "${XDG_CONFIG_HOME:-$HOME/.config}")/service-bots}/${chain:-default}
secrets=$(setting SECRETS_DIR); secrets=${secrets:-${SECRETS_DIR:-$home/secrets}}
config=$(setting CONFIG_DIR); config=${config:-${CONFIG_DIR:-$home/config}}
folder SECRETS_DIR "$secrets"
folder CONFIG_DIR "$config"
# Bots never run as root. A file of mode 600 has to belong to the user they run as.
user=$(setting BOTS_USER); user=${user:-$([[ $(id -u) = 0 ]] && echo 1000:1000 || echo "$(id -u):$(id -g)")}

# ── Secrets: one file each, empty while not used ──
umask 077
is_set() {
  local text=''
  [[ -s $secrets/$1 ]] || return 1
  [[ -r $secrets/$1 ]] || return 0
  IFS= read -r -d '' text <"$secrets/$1" || [[ $text = *[![:space:]]* ]]
}
secret() { if [[ -r $secrets/$1 ]] && is_set "$1"; then cat "$secrets/$1"; fi; }
put() { printf '%s\n' "$2" >"$secrets/$1"; }
all_secrets=$(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml)
for name in $all_secrets; do
  there=$secrets/$name
  if [[ (-e $there || -L $there) && ! -f $there ]]; then
    stop "$there has to be a file, or a link to one: move it away, and run this again"
  fi
  if [[ -e $there && ! -O $there && $(id -u) != 0 ]]; then
    stop "$there belongs to another user: sudo chown $(id -un) $(printf %q "$there"), and run this again"
  fi
done
# Lines of names with the same meaning: RPC_URL RPC_URI.
synonyms=$(awk '/ Also called / { also = $0; sub(/.* Also called /, "", also); sub(/\..*/, "", also); gsub(/,/, "", also)
  getline; sub(/^# /, ""); sub(/=.*/, ""); print $0, also }' .env.example)
names_of() {
  local line
  while IFS= read -r line; do case " $line " in *" $1 "*) echo "$line"; return ;; esac; done <<<"$synonyms"
  echo "$1"
}
any_is_set() { for each in $(names_of "$1"); do if is_set "$each"; then return 0; fi; done; return 1; }
for bot in $bots; do
  other=$(other_bot_with "$bot" "$(wallet_source_of "$bot")")
  [[ -z $other ]] || stop "$bot and $other have the same key ($(key_of "$bot") and $(key_of "$other")): give each bot a key of its own, see docs/keys.md"
done

# A development chain stands alone: no real key on it, no real node behind it, no channel.
url=http://$development:8545
if [[ -n $development ]]; then
  for each in $(names_of RPC_URL); do
    for there in "$(secret "$each")" "$(setting "$each")"; do
      [[ -z $there || $there = "$url" ]] \
        || stop "--$development: the bots of $env_file have a chain already ($each); use --chain dev"
    done
  done
fi
made=$secrets/.made-for-the-fork
if [[ $development = fork ]]; then
  throwaway=$'\n'$([[ ! -f $made ]] || cat "$made")$'\n'
  for name in $all_secrets; do
    is_key "$name" || [[ $name = *_KEYSTORE ]] || continue
    for there in "$(secret "$name")" "$(setting "$name")"; do
      [[ -z $there || $throwaway = *$'\n'"$there"$'\n'* ]] \
        || stop "$name of $env_file was not made for the fork, and may be a real one: take it out of $secrets and $env_file; a new one is made"
    done
  done
fi

mkdir -p "$secrets" "$config"
chmod 700 "$secrets"
chmod 755 "$config"
files=()
for name in $all_secrets; do
  find_setting "$name"
  inline=$found
  if [[ -n $inline ]]; then
    if ! is_set "$name"; then put "$name" "$inline"; say "moved $name from $env_file to $secrets/$name"; fi
    if [[ $(secret "$name") = "$inline" ]]; then replace_setting "$name" "# $name is in $secrets/$name"
    else say "$name differs in $env_file and $secrets/$name. The bots use the latter: delete one of the two"; fi
  elif [[ -z $development && -n ${!name:-} ]] && ! any_is_set "$name"; then
    problem=$(problem_with "$name" "${!name}")
    [[ -z $problem ]] || stop "$name of the shell's variables $problem"
    put "$name" "${!name}"
  elif ! is_set "$name"; then put "$name" ''
  fi
  files+=("$secrets/$name")
done
chmod 600 "${files[@]}"

if [[ -n $secrets_from ]]; then source docker/secretsFrom.sh; fetch_secrets; fi

new_key() {
  put "$1" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
  if [[ $development = fork ]]; then secret "$1" >>"$made"; fi
  say "made a new key: $secrets/$1"
}
missing=''
miss() { missing="$missing  $1"$'\n'; }
terminal=''
if [[ -t 0 && -t 1 ]]; then terminal=yes; fi
# Not /dev/tty, which su -c and docker exec -t may not have.
exec 3<&0
answer=''
ask() { # question, -s when the answer stays off the screen
  answer=''
  [[ -n $terminal ]] || return 0
  printf '%s: ' "$1"
  read -r -u 3 ${2:+"$2"} answer || stop 'stopped; run it again to go on'
  [[ -z ${2:-} ]] || printf '\n'
}
# Asks until the answer can be right, or is empty.
ask_for() { # name, question, -s when the answer stays off the screen
  local problem
  while :; do
    ask "$2" ${3:+"$3"}
    [[ -n $answer ]] || return 0
    problem=$(problem_with "$1" "$answer")
    [[ -n $problem ]] || return 0
    say "  $1 $problem"
  done
}
need_secret() { # name, question
  ! any_is_set "$1" || return 0
  ask_for "$1" "$2" -s
  if [[ -n $answer ]]; then put "$1" "$answer"; else miss "$secrets/$1"; fi
}

if [[ -n $development ]]; then put RPC_URL "$url"
else need_secret RPC_URL 'URL of your node (several, separated by commas, for failover)'; fi
if [[ $development = fork ]]; then
  [[ -z ${FORK_URL:-} ]] || put FORK_URL "$FORK_URL"
  need_secret FORK_URL 'URL of the chain to fork'
fi
for bot in $bots; do
  key=$(key_of "$bot")
  needs_key "$bot" && ! is_set "$key" && ! is_set "${bot}_KEYSTORE" || continue
  # On a local chain a bot without a key creates and funds a wallet by itself.
  if [[ $development = fork ]]; then new_key "$key"
  elif [[ -z $development && -n $terminal ]]; then
    while
      ask_for "$key" "Private key of the $bot bot's wallet (Enter makes a new one)" -s
      [[ -n $answer ]] && other=$(other_bot_with "$bot" "$answer") && [[ -n $other ]]
    do say "  $key is the key of the $other bot: give each bot a key of its own"; done
    if [[ -n $answer ]]; then put "$key" "$answer"; else new_key "$key"; fi
  elif [[ -z $development ]]; then miss "$secrets/$key"
  fi
done

source docker/alertChannel.sh
if [[ -z $development ]] && ! has_channel; then ask_for_channel; fi
# The page is served outside its container, so a reader has to send this token. It is created last, since the
# question before it is asked once: after an interruption there, the next run asks again.
if [[ " $bots " = *' watchtower '* ]] && ! is_set WATCHTOWER_TOKEN; then
  if [[ -n $development ]]; then put WATCHTOWER_RPC_URL "$url"
  elif ! is_set WATCHTOWER_RPC_URL; then
    ask_for WATCHTOWER_RPC_URL 'URL of a node for the watchtower, best of another provider (Enter: it reads no chain)' -s
    [[ -z $answer ]] || put WATCHTOWER_RPC_URL "$answer"
  fi
  put WATCHTOWER_TOKEN "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  say "made a token for the page: $secrets/WATCHTOWER_TOKEN"
fi
if [[ $(id -u) = 0 ]]; then chown -R "$user" "$secrets"; fi

# ── Settings: what .env.example says of the chosen bots' variables, with the values there are ──
append() { lines+=("$@"); index_settings; }
need_setting() { # name, value, comments: only where the setting is missing
  find_setting "$1"
  [[ -z $found ]] || return 0
  local name=$1 value=$2
  shift 2
  if is_mentioned "$name"; then set_setting "$name" "$value"; else append '' "$@" "$name=$(in_quotes "$value")"; fi
}
profiles=$(printf '%s' "$bots $development" | sed 's/^ *//;s/ *$//;s/  */,/g')
if [[ ${#lines[@]} = 0 ]]; then
  append '# Written by ./setup-env.sh. Change what you like: running it again adds what is missing, and keeps the rest.' \
    "# What begins with a bot's name is for that bot alone: CHECKPOINT_DRY_RUN=true. Then: make up."
fi
need_setting COMPOSE_PROFILES "$profiles" '# What compose starts, and what it calls it.'
[[ $(setting COMPOSE_PROFILES) = "$profiles" ]] || set_setting COMPOSE_PROFILES "$profiles"
need_setting COMPOSE_PROJECT_NAME "service-bots${chain:+-$chain}"
need_setting BOTS_USER "$user" '# User and group the bots run as, the owner of the secrets.'
need_setting SECRETS_DIR "$secrets" '# Keys, tokens and URLs with keys in them: one file each, mode 600.'
need_setting CONFIG_DIR "$config" "# The bots' /etc/service-bots: owners.yaml and other files that settings name."

free_port() { # nothing where no other chain of this host has a page
  local each taken=0
  for each in .env .env.*; do
    [[ $each != "$env_file" && $each != .env.example && -f $each ]] || continue
    if grep -q '^COMPOSE_PROFILES=.*watchtower' "$each"; then taken=$((taken + 1)); fi
  done
  if ((taken > 0)); then echo $((8080 + taken)); fi
}
# The watchtower's targets: an added bot is added there as well, and existing entries stay.
if [[ " $bots " = *' watchtower '* ]]; then
  targets=$(setting WATCHTOWER_TARGETS) port=''
  if [[ -z $targets ]]; then port=${WATCHTOWER_PORT:-$(free_port)}; fi
  for bot in $bots; do
    [[ $bot != watchtower && ,$targets != *,$bot=* ]] || continue
    targets=${targets:+$targets,}$bot=http://$bot:8080
  done
  need_setting WATCHTOWER_TARGETS "$targets" '# The bots that the watchtower watches.'
  [[ $(setting WATCHTOWER_TARGETS) = "$targets" ]] || set_setting WATCHTOWER_TARGETS "$targets"
  # Each chain of this host has a separate page.
  [[ -z $port ]] || need_setting WATCHTOWER_PORT "$port" '# Port of the page on this host, http://127.0.0.1:….'
fi

known=$(for bot in $bots; do
  awk -v bot="  $bot:" '/^  [a-z]/ { on = ($0 == bot) }
    on && /^      [A-Z]/ { name = $1; sub(/:$/, "", name); if (index($0, "{" name ":-")) print name }' docker/variables.yaml
done)
known=" ${known//$'\n'/ } "
is_known() { [[ $known = *" $1 "* ]]; }
value_for() {
  case $development:$1 in
    anvil:ARTIFACTS_URI) if [[ -z $(setting REGISTRY_ADDRESS) ]]; then echo http://anvil:8546; fi ;;
    anvil:REGISTRY_ADDRESS | anvil:CHAIN_ID | anvil:POOL_*) ;;
    anvil:EMAIL_* | fork:EMAIL_* | anvil:SMTP_* | fork:SMTP_*) ;;
    anvil:ENVIRONMENT_NAME | fork:ENVIRONMENT_NAME) echo "$development" ;;
    *) echo "${!1:-}" ;;
  esac
}
# Tests whether it is required, or is useless without another setting that is present.
is_required() { # name, comment
  case $1 in
    TELEGRAM_CHAT_ID) is_set TELEGRAM_BOT_TOKEN ;;
    EMAIL_FROM | SMTP_URL) [[ -n $(setting EMAIL_TO) ]] ;;
    *) [[ $2 = *' Required.'* ]] ;;
  esac
}
comment='' section=''
while IFS= read -r line; do
  case $line in
    '# ── '*) section=$line; continue ;;
    '') comment=''; continue ;;
  esac
  name=${line#\# }
  name=${name%%=*}
  if [[ $line != *=* || $name != [A-Z]* || $name = *[!A-Z0-9_]* ]]; then comment=$line; continue; fi
  is_known "$name" && find_setting "$name" && [[ -z $found ]] || continue
  value=$(value_for "$name")
  problem=${value:+$(problem_with "$name" "$value")}
  [[ -z $problem ]] || stop "$name of the shell's variables $problem"
  if [[ -z $value ]] && is_required "$name" "$comment"; then
    ask_for "$name" "${comment#\# } $name"
    value=$answer
    line="$name="
    [[ -n $value ]] || miss "$env_file:$name"
  fi
  if is_mentioned "$name"; then [[ -z $value ]] || set_setting "$name" "$value"; continue; fi
  if [[ -n $section ]]; then append '' "$section"; section=''; fi
  append '' "$comment" "${value:+$name=$(in_quotes "$value")}"
  [[ -n $value ]] || lines[${#lines[@]} - 1]=$line
done <.env.example
for bot in $bots; do
  keystore_setting=$(tr a-z A-Z <<<"$bot")_KEYSTORE_FILE
  if is_set "${bot}_KEYSTORE"; then need_setting "$keystore_setting" /run/secrets/KEYSTORE; fi
done
write_settings

say "$env_file: compose starts ${profiles//,/ }"
say "secrets: $secrets"
for bot in $bots; do
  address=$(address_of_bot "$bot")
  [[ -z $address ]] || say "wallet of the $bot bot: $address$([[ -n $development ]] || echo ', which needs funds for gas')"
done
[[ -n $development ]] || has_channel \
  || say "no alert channel: alerts are in the log only until $secrets has one of ${channels// /, }, or $env_file has ${channel_settings// /, } (docs/alert-channels.md)"
[[ -z $missing ]] || say "still missing; write each value into:"$'\n'"${missing%$'\n'}"
say "then: ${chain:+CHAIN=$chain }make doctor, ${chain:+CHAIN=$chain }make up"
