#!/usr/bin/env bash
# FORK_URL=https://… docker/fork.sh: the bots on a new fork of a live chain, in a separate compose project.
# Their keys are made for it, their wallets are funded on it, and no alert channel is set. Without FORK_URL
# the chain of the fork before is used.
# For this fork alone: FORK_BLOCK (the newest unless given), BOTS_FLAG (--service-bots unless given),
# WAIT_SECONDS.
# Kept for the next: REGISTRY_ADDRESS, FORK_BLOCK_TIME, IMAGES and TAG (a registry's images; built here
# without).
set -euo pipefail
cd "$(dirname "$0")/.."
export CHAIN=fork
./setup-env.sh --fork "${BOTS_FLAG:---service-bots}"
env_file=.env.fork
source docker/settings.sh
read_settings
grep -q '[^[:space:]]' "$(setting SECRETS_DIR)/FORK_URL" \
  || { echo 'FORK_URL: give the URL of the chain to fork: make fork-up FORK_URL=https://…' >&2; exit 2; }
for name in REGISTRY_ADDRESS FORK_BLOCK_TIME IMAGES TAG; do
  [[ -z ${!name:-} ]] || set_setting "$name" "${!name}"
done
[[ -z ${FORK_BLOCK:-}$(setting FORK_BLOCK) ]] || set_setting FORK_BLOCK "${FORK_BLOCK:-}"
write_settings

source docker/compose.sh
require_engine
provide_images
# The bots' state is of the fork before: blocks, transactions and alerts that this fork does not have.
compose down --volumes --remove-orphans
# shellcheck disable=SC2086
start_services ${profiles//,/ }
rpc="docker compose --env-file .env.fork exec fork node dist/rpc.js"
cat <<TEXT

The bots run on the fork:
$(compose ps --format 'table {{.Service}}\t{{.Status}}')

  look            CHAIN=fork make ps; CHAIN=fork make logs BOT=checkpoint; CHAIN=fork make doctor
  status          docker compose --env-file .env.fork exec checkpoint node -e "fetch('http://127.0.0.1:8080/status').then(r=>r.text()).then(console.log)"
  move time       $rpc evm_increaseTime 3600 && $rpc evm_mine
  impersonate     $rpc anvil_impersonateAccount 0x…, then eth_sendTransaction from it
  give ETH        $rpc anvil_setBalance 0x… 0xde0b6b3a7640000
  alerts          off; to try a channel, write its token into $(setting SECRETS_DIR), then CHAIN=fork make restart BOT=…
  another bot     CHAIN=fork make redeploy BOT=… puts this checkout's on the same fork
  end it          make fork-down
TEXT
