#!/usr/bin/env bash
# [CHAIN=base] deploy/aws/fetch-secrets.sh: from AWS Parameter Store into the folder of secrets. The parameter
# /service-bots/default/CHECKPOINT_BOT_KEY becomes the file CHECKPOINT_BOT_KEY; with CHAIN, /service-bots/base/….
# Afterwards: make restart BOT=… for those that use a changed one.
source "$(dirname "$0")/../../docker/compose.sh"

secrets=$(setting SECRETS_DIR)
user=$(setting BOTS_USER)
path=/service-bots/${CHAIN:-default}
known=$(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml)
umask 077
draft=$(mktemp "$secrets/.draft.XXXXXX")
trap 'rm -f "$draft"' EXIT
names=$(aws ssm get-parameters-by-path --path "$path" --query 'Parameters[].Name' --output text)
for parameter in $names; do
  name=${parameter##*/}
  grep -qx -- "$name" <<<"$known" || { echo "$parameter: no bot has a secret of this name" >&2; exit 1; }
  # Straight into a file: no value is ever an argument or on the screen.
  aws ssm get-parameter --with-decryption --name "$parameter" --query Parameter.Value --output text >"$draft"
  chmod 600 "$draft"
  if [[ $(id -u) = 0 ]]; then chown "$user" "$draft"; fi
  # Into the file that is there: a container that runs has this very file mounted.
  cat "$draft" >"$secrets/$name"
  echo "fetched $name"
done
