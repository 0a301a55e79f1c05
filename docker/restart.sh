#!/usr/bin/env bash
# BOT=keeper docker/restart.sh: restarts a bot with the secrets and files as they are now, and waits until it is healthy.
source "$(dirname "$0")/compose.sh"
require_bot restart
require_engine
since=$(date +%s)
compose restart "$BOT"
await_healthy "$BOT" 1 "$since" || { suggest_doctor; exit 1; }
echo "$BOT is healthy"
