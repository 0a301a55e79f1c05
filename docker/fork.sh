#!/usr/bin/env bash
# FORK_URL=https://… [FORK_BLOCK=…] docker/fork.sh: the bots on a fork of a live chain, in a compose project of their
# own. Their keys are made for it, their wallets are funded on it, and no alert channel is set.
set -euo pipefail
cd "$(dirname "$0")/.."
export CHAIN=fork
forked_url() { cat "$(sed -n 's/^SECRETS_DIR=//p' .env.fork 2>/dev/null)/FORK_URL" 2>/dev/null || true; }
before=$(forked_url)
[[ -n ${FORK_URL:-}$before ]] || { echo 'FORK_URL: give the URL of the chain to fork: make fork-up FORK_URL=https://…' >&2; exit 2; }
./setup-env.sh --fork "${BOTS_FLAG:---service-bots}"
source docker/compose.sh
# Another chain to fork: compose does not see that a secret's content is another.
[[ $(forked_url) = "$before" ]] || compose rm --stop --force fork
compose up -d --build --wait --wait-timeout "${WAIT_SECONDS:-240}"
rpc="docker compose --env-file .env.fork exec fork node dist/rpc.js"
cat <<TEXT

The bots run on the fork:
$(compose ps --format 'table {{.Service}}\t{{.Status}}')

  look            CHAIN=fork make ps; CHAIN=fork make logs BOT=checkpoint; CHAIN=fork make doctor
  status          docker compose --env-file .env.fork exec checkpoint node -e "fetch('http://127.0.0.1:8080/status').then(r=>r.text()).then(console.log)"
  move time       $rpc evm_increaseTime 3600 && $rpc evm_mine
  impersonate     $rpc anvil_impersonateAccount 0x…, then eth_sendTransaction from it
  give ETH        $rpc anvil_setBalance 0x… 0xde0b6b3a7640000
  alerts          off; to try a channel, write its token into $(setting SECRETS_DIR) and run make fork-up again
  end it          make fork-down
TEXT
