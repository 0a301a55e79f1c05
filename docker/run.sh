#!/usr/bin/env bash
# [CHAIN=base] docker/run.sh ps --all: a command of docker compose for the bots of that chain.
source "$(dirname "$0")/compose.sh"
require_engine
compose "$@"
