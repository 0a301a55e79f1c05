#!/usr/bin/env bash
# docker/asTheBots.sh COMMAND …: with the alert channels of the bots that ./setup-env.sh has set up here, where it has.
# What the environment says already stands.
set -euo pipefail
cd "$(dirname "$0")/.."
env_file=.env${CHAIN:+.$CHAIN}
ours='^((ROLLBAR|PAGERDUTY|TELEGRAM|SLACK|DISCORD|WEBHOOK)_[A-Z_]+|RUNBOOK_URL|ENVIRONMENT_NAME)$'
secrets=''
give() { # name, value, the name under which it may be set already
  [[ -n ${!1:-} || -n ${!3:-} ]] || export "$1=$2"
}
# An empty file is a secret that is not used; one that may not be read is for the command to complain of.
is_empty() { [[ -r $1 ]] && ! grep -q '[^[:space:]]' "$1"; }
if [[ -f $env_file ]]; then
  while IFS='=' read -r name value; do
    if [[ $name = SECRETS_DIR ]]; then secrets=$value
    elif [[ $name =~ $ours && -n $value ]]; then give "$name" "$value" "${name}_FILE"; fi
  done <"$env_file"
fi
if [[ -n $secrets ]]; then
  for name in $(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml); do
    [[ ! $name =~ $ours ]] || is_empty "$secrets/$name" || give "${name}_FILE" "$secrets/$name" "$name"
  done
fi
exec "$@"
