#!/usr/bin/env bash
# Chooses which bots run on this host, and writes what compose needs for it. Needs nothing but bash.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
Usage: ./setup-env.sh [--chain NAME] <what to run>

Writes .env (.env.NAME with --chain) and makes a folder of secrets outside the repository. What is there already is
kept: run it again to add or take away bots. What is missing is asked for on a terminal; elsewhere it is taken from
variables of the same name, and what is missing then is said.

  --service-bots   checkpoint and invariant, and the watchtower once there is one
  --keeper         the prize pools' keeper
  --lpandarb       liquidity and arbitrage (there is no such bot yet)
  --all            every bot there is
  --anvil          a local chain with the real contracts for them, for development
  --fork           a fork of a live chain for them, with throwaway keys; implies --chain fork
  --chain NAME     settings and secrets of their own, for one more chain on this host: CHAIN=NAME make up
  --help           this

A key or token is a file in the folder of secrets: edit it there, then make restart BOT=….
TEXT
}

stop() { printf 'setup-env: %s\n' "$*" >&2; exit 2; }
say() { printf '%s\n' "$*"; }
exists() { [[ -d bots/$1 ]]; }

# ── What was asked for ──
chain=${CHAIN:-} bots='' development='' asked=''
choose() { case " $bots " in *" $1 "*) ;; *) bots="${bots:+$bots }$1" ;; esac; }
choose_existing() { for bot in "$@"; do if exists "$bot"; then choose "$bot"; fi; done; }
while [[ $# -gt 0 ]]; do
  asked="$asked $1"
  case $1 in
    --service-bots) choose_existing checkpoint invariant watchtower ;;
    --keeper) choose keeper ;;
    --lpandarb) exists lpandarb || stop '--lpandarb: there is no such bot yet'; choose lpandarb ;;
    --all) choose_existing checkpoint invariant keeper lpandarb watchtower ;;
    --anvil | --fork) [[ -z $development || $development = "${1#--}" ]] || stop '--anvil or --fork, not both'
      development=${1#--} ;;
    --chain) [[ $# -gt 1 ]] || stop '--chain needs a name, for example: --chain base'; chain=$2; asked="$asked $2"; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; stop "there is no $1" ;;
  esac
  shift
done
[[ -n $bots || -n $development ]] || { usage >&2; stop 'say what to run'; }
if [[ $development = fork ]]; then chain=${chain:-fork}; fi
[[ $chain =~ ^[a-z0-9-]*$ ]] || stop "--chain: $chain is not a name of lower-case letters, digits and dashes, for example base"

# ── Where things are ──
env_file=.env${chain:+.$chain}
touch "$env_file"
chmod 600 "$env_file"
before=$(cat "$env_file")
# What the settings say of a variable; with nothing said, what the caller's environment says.
setting() {
  local line=$'\n'$before$'\n'
  [[ $line = *$'\n'"$1="* ]] || return 0
  line=${line##*$'\n'"$1="}
  printf '%s' "${line%%$'\n'*}"
}
home=${SERVICE_BOTS_HOME:-$([[ $(id -u) = 0 ]] && echo /etc || echo "${XDG_CONFIG_HOME:-$HOME/.config}")/service-bots}/${chain:-default}
secrets=$(setting SECRETS_DIR); secrets=${secrets:-${SECRETS_DIR:-$home/secrets}}
config=$(setting CONFIG_DIR); config=${config:-${CONFIG_DIR:-$home/config}}
case $secrets/ in "$PWD"/*) stop "SECRETS_DIR: $secrets is inside the repository; choose a folder outside of it" ;; esac
# Bots never run as root. A file of mode 600 has to belong to the user they run as.
user=$(setting BOTS_USER); user=${user:-$([[ $(id -u) = 0 ]] && echo 1000:1000 || echo "$(id -u):$(id -g)")}

mkdir -p "$secrets" "$config"
chmod 700 "$secrets"
chmod 755 "$config"

# ── Secrets: one file each, empty while not used ──
is_set() { [[ -s $secrets/$1 ]] && grep -q '[^[:space:]]' "$secrets/$1"; }
put() { (umask 077; printf '%s\n' "$2" >"$secrets/$1"); }
for name in $(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml); do
  inline=$(setting "$name")
  if ! is_set "$name"; then
    # A fork has keys of its own, and tells nobody of what happens on it.
    if [[ -n $inline ]]; then put "$name" "$inline"; say "moved $name from $env_file to $secrets/$name"
    elif [[ $development != fork && -n ${!name:-} ]]; then put "$name" "${!name}"
    else put "$name" ''
    fi
  fi
  chmod 600 "$secrets/$name"
done

key_of() {
  case $1 in checkpoint) echo CHECKPOINT_BOT_KEY ;; keeper) echo PRIVATE_KEY ;; esac
}
new_key() { put "$1" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"; say "made a new key: $secrets/$1"; }
missing=''
terminal=''
if [[ -t 0 && -t 1 ]]; then terminal=yes; fi
answer=''
ask() { # question, -s when the answer stays off the screen
  answer=''
  [[ -n $terminal ]] || return 0
  printf '%s: ' "$1" >/dev/tty
  read -r ${2:+"$2"} answer </dev/tty
  [[ -z ${2:-} ]] || printf '\n' >/dev/tty
}
need_secret() { # name, question
  ! is_set "$1" || return 0
  ask "$2" -s
  if [[ -n $answer ]]; then put "$1" "$answer"; else missing="$missing $secrets/$1"; fi
}

case $development in
  anvil | fork)
    url=http://$development:8545
    is_set RPC_URL && [[ $(cat "$secrets/RPC_URL") != "$url" ]] \
      && stop "--$development: the bots of $env_file have a chain already ($secrets/RPC_URL); use --chain dev"
    put RPC_URL "$url" ;;
  *) need_secret RPC_URL 'URL of your node (several, separated by commas, for failover)' ;;
esac
if [[ $development = fork ]]; then
  [[ -z ${FORK_URL:-} ]] || put FORK_URL "$FORK_URL"
  need_secret FORK_URL 'URL of the chain to fork'
fi
for bot in $bots; do
  key=$(key_of "$bot")
  [[ -n $key ]] && ! is_set "$key" && ! is_set "${bot}_KEYSTORE" || continue
  # On a local chain a bot without a key makes and funds a wallet by itself.
  if [[ $development = fork ]]; then new_key "$key"
  elif [[ $development != anvil && -n $terminal ]]; then
    ask "Private key of the $bot bot's wallet (Enter makes a new one)" -s
    if [[ -n $answer ]]; then put "$key" "$answer"; else new_key "$key"; fi
  elif [[ $development != anvil ]]; then missing="$missing $secrets/$key"
  fi
done
if [[ $(id -u) = 0 ]]; then chown -R "$user" "$secrets"; fi

# ── Settings: what .env.example says of the chosen bots' variables, with the values there are ──
known=$(for bot in $bots; do
  awk -v bot="  $bot:" '/^  [a-z]/ { on = ($0 == bot) } 
    on && /^      [A-Z]/ { name = $1; sub(/:$/, "", name); if (/run.secrets/ || index($0, "{" name ":-")) print name }' docker/variables.yaml
done | sort -u)
is_known() { [[ $'\n'$known$'\n' = *$'\n'"$1"$'\n'* ]]; }
default_of() {
  case $development:$1 in
    anvil:ARTIFACTS_URI) if [[ -z $(setting REGISTRY_ADDRESS) ]]; then echo http://anvil:8546; fi ;;
    anvil:ENVIRONMENT_NAME | fork:ENVIRONMENT_NAME) echo "$development" ;;
  esac
}
written=' COMPOSE_PROFILES COMPOSE_PROJECT_NAME BOTS_USER SECRETS_DIR CONFIG_DIR '
profiles=$(printf '%s' "$bots $development" | sed 's/^ *//;s/ *$//;s/  */,/g')
{
  cat <<TEXT
# Written by ./setup-env.sh$asked. Change values here; running it again keeps them.
# What begins with a bot's name is for that bot alone: CHECKPOINT_DRY_RUN=true. Then: make up.

# What compose starts, and what it calls it.
COMPOSE_PROFILES=$profiles
COMPOSE_PROJECT_NAME=service-bots${chain:+-$chain}

# User and group the bots run as, the owner of the secrets.
BOTS_USER=$user

# Keys, tokens and URLs with keys in them: one file each, mode 600.
SECRETS_DIR=$secrets

# The bots' /etc/service-bots: owners.yaml and other files that settings name.
CONFIG_DIR=$config
TEXT
  comment='' section=''
  while IFS= read -r line; do
    case $line in
      '# ── '*) section=$line ;;
      '') comment='' ;;
      *)
        if [[ ! $line =~ ^(# )?([A-Z][A-Z0-9_]*)= ]]; then comment=$line; continue; fi
        name=${BASH_REMATCH[2]}
        if is_known "${name}_FILE"; then written="$written$name "; continue; fi
        is_known "$name" || continue
        written="$written$name "
        if [[ -n $section ]]; then printf '\n%s\n' "$section"; section=''; fi
        value=$(setting "$name"); value=${value:-${!name:-}}; value=${value:-$(default_of "$name")}
        if [[ -z $value && $comment = *' Required.'* ]]; then
          ask "${comment#\# } $name"
          value=$answer
          line="$name="
          [[ -n $value ]] || missing="$missing $env_file:$name"
        fi
        [[ -z $value ]] || line="$name=$value"
        printf '\n%s\n%s\n' "$comment" "$line" ;;
    esac
  done <.env.example
  kept=$(printf '%s\n' "$before" | grep -E '^[A-Za-z_][A-Za-z0-9_]*=' | while IFS= read -r line; do
    case "$written" in *" ${line%%=*} "*) ;; *) printf '%s\n' "$line" ;; esac
  done) || kept=''
  [[ -z $kept ]] || printf '\n# ── Kept from before ──\n\n%s\n' "$kept"
  if [[ $development = fork && -n ${FORK_BLOCK:-} && $kept != *FORK_BLOCK=* ]]; then printf '\nFORK_BLOCK=%s\n' "$FORK_BLOCK"; fi
} >"$env_file.new"
mv "$env_file.new" "$env_file"
chmod 600 "$env_file"

say "$env_file: compose starts ${profiles//,/, }"
say "secrets: $secrets"
if [[ -n $missing ]]; then
  say 'still missing, write them there:'
  for each in $missing; do say "  $each"; done
fi
say "then: ${chain:+CHAIN=$chain }make doctor, ${chain:+CHAIN=$chain }make up"
