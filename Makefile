# Every target installs what it needs: Node 20.19 or newer, npm, git and make are enough. The targets for
# containers need Docker, git and make, and no Node.
PNPM := npx --yes $(shell sed -n 's/.*"packageManager": "\(.*\)".*/\1/p' package.json)
INSTALLED := node_modules/.modules.yaml

# The bots of one chain; CHAIN=base selects .env.base and a separate compose project.
ENV_FILE = .env$(if $(CHAIN),.$(CHAIN))

.PHONY: help demo test static check bench bench-rpc soak chaos walk month devnet docs owners-check rollbar-setup rollbar-deploy alert-drill status observability alerts invariant up down ps logs restart redeploy rollback doctor fork-up fork-acceptance fork-down test-e2e test-hosts clean

help: ## What there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(INSTALLED) ## The bots at work on local chains; ACT=keeper plays one act, ONCE=1 stops at the end
	@$(PNPM) --silent demo

test: $(INSTALLED) ## All tests
	@$(PNPM) --silent test

static: $(INSTALLED) ## Lint, types and build: everything but the tests
	@$(PNPM) --silent static

check: $(INSTALLED) ## Lint, types, tests and build
	@$(PNPM) --silent check

bench: $(INSTALLED) ## Measure, and print figures beside their targets
	@$(PNPM) --silent bench

bench-rpc: $(INSTALLED) ## RPC failover beside ethers' and viem's own, every kind of fault
	@$(PNPM) --silent bench-rpc

soak: $(INSTALLED) ## An hour of chain time (four minutes) with two failing endpoints
	@$(PNPM) --silent soak

chaos: $(INSTALLED) ## The whole suite through faults that a seed draws, and a checker; SEED=1 HOURS=1 REPLAY=file CONTAINERS=1
	@$(PNPM) --silent chaos

walk: $(INSTALLED) ## 10,000 blocks of honest trades, missed checkpoints and vault losses on five pools, replayed: nothing untrue is raised
	@$(PNPM) --silent walk

month: $(INSTALLED) ## lpandarb through months of chain time on real contracts, beside other strategies; SEEDS=10 FIRST_SEED=1
	@$(PNPM) --silent month

devnet: $(INSTALLED) ## A local chain with the real contracts, until Ctrl-C
	@$(PNPM) --silent devnet

docs: $(INSTALLED) ## Write every generated list, table and reference page anew from the code
	@$(PNPM) --silent run docs

# In a container with the channels of the bots that .env names; without an .env, with those of the
# environment.
OPS = $(if $(wildcard $(ENV_FILE)),docker/ops.sh,$(PNPM) --silent ops)
WITH_OPS = $(if $(wildcard $(ENV_FILE)),,$(INSTALLED))

owners-check: $(WITH_OPS) ## Whether every check has an owner; FILE=owners.yaml
	@$(OPS) owners check $(or $(FILE),owners.example.yaml)

rollbar-setup: $(WITH_OPS) ## Rollbar's notification rules for every check; DRY_RUN=1 writes nothing
	@$(OPS) rollbar setup

rollbar-deploy: $(WITH_OPS) ## Tell Rollbar what was deployed; BOTS="checkpoint keeper", all unless given
	@REVISION=$${REVISION:-$$(git rev-parse HEAD 2>/dev/null || true)} $(OPS) rollbar deploy $(BOTS)

alert-drill: $(WITH_OPS) ## A test alert through every configured channel; CHANNEL=telegram for one
	@$(OPS) drill $(CHANNEL)

up: ## Start the bots that .env names, on the images they have, and wait until they are healthy; CHAIN=base for .env.base
	@docker/up.sh

down: ## Stop the bots, and what make observability has started, and remove their containers; their state stays
	@docker/run.sh --profile '*' down --remove-orphans

ps: ## What runs, since when, and whether it is healthy
	@docker/run.sh ps --all

logs: ## Follow a bot's log; BOT=keeper, all unless given
	@docker/run.sh logs --follow --tail 100 $(BOT)

status: ## The watchtower's page as text; DO=--watch
	@docker/status.sh $(DO)

observability: ## Prometheus (127.0.0.1:9090) and Grafana (127.0.0.1:3000) with the watchtower's figures; DO="rm -sf prometheus grafana" ends them
	@docker/run.sh -f compose.yaml -f deploy/observability/compose.yaml --profile observability $(or $(DO),up -d --wait prometheus grafana)

alerts: ## Open alerts of a bot in its container, or a decision: BOT=keeper [DO="ack KEY --why 'on its way'"]
	@docker/run.sh exec -T $(or $(BOT),$(error BOT: say which, for example: make alerts BOT=keeper)) node /app/packages/core/dist/alerts/cli/main.js --by "$${USER:-root}" $(or $(DO),list)

invariant: ## Checks of a pool by hand in the invariant bot's container, with its nodes and overrides: DO="check --pool 0x…"
	@docker/run.sh exec -T invariant node /app/bots/invariant/dist/cli/main.js $(or $(DO),--help)

restart: ## Restart a bot, with the secrets as they are now, and wait until it is healthy; BOT=keeper
	@docker/restart.sh

redeploy: ## Replace a bot by this checkout's; back to the one before unless it gets healthy; BOT=keeper [IMAGE=…]
	@docker/redeploy.sh

rollback: ## Back to the image a bot had before its last redeploy; BOT=keeper
	@docker/rollback.sh

doctor: ## Whether host and bots are set up to work: secrets, endpoints, wallets, contracts, channels, clock, disk
	@docker/doctor.sh

fork-up: ## The bots on a fork of a live chain, with throwaway keys; FORK_URL=… [FORK_BLOCK=…]
	@docker/fork.sh

fork-acceptance: ## Whether the bots on the fork follow it, without a serious alert
	@docker/acceptance.sh

fork-down: ## End the fork and forget its chain; its settings stay
	@$(if $(wildcard .env.fork),CHAIN=fork docker/run.sh down --volumes,echo 'There is no fork.')

test-e2e: $(INSTALLED) ## The containers on a real Docker engine: start, kill, redeploy, roll back, fork, swarm
	@$(PNPM) --silent test-e2e

test-hosts: $(INSTALLED) ## The keeper in a swarm of three hosts, played by network namespaces: a host dies, is cut off, returns; needs root
	@$(PNPM) --silent test-hosts

clean: ## Remove everything that was built or installed
	@npm run --silent clean

$(INSTALLED): package.json pnpm-lock.yaml pnpm-workspace.yaml $(wildcard */*/package.json chaos/package.json demo/package.json e2e/package.json ops/package.json)
	@echo 'Installing what package.json asks for'
	@$(PNPM) install --frozen-lockfile --reporter=silent
	@touch $(INSTALLED)
