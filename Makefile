# Every target installs what it needs: Node 20.19 or newer, npm, git and make are enough.
PNPM := npx --yes $(shell node -p "require('./package.json').packageManager")
INSTALLED := node_modules/.modules.yaml

.PHONY: help demo test check bench bench-rpc soak walk devnet docs owners-check rollbar-setup rollbar-deploy alert-drill clean

help: ## What there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(INSTALLED) ## The bots at work on local chains; ACT=keeper plays one act, ONCE=1 stops at the end
	@$(PNPM) --silent demo

test: $(INSTALLED) ## All tests
	@$(PNPM) --silent test

check: $(INSTALLED) ## Lint, types, tests and build: what CI runs
	@$(PNPM) --silent check

bench: $(INSTALLED) ## Measure, and print figures beside their targets
	@$(PNPM) --silent bench

bench-rpc: $(INSTALLED) ## RPC failover beside ethers' and viem's own, every kind of fault
	@$(PNPM) --silent bench-rpc

soak: $(INSTALLED) ## An hour of chain time (four minutes) with two failing endpoints
	@$(PNPM) --silent soak

walk: $(INSTALLED) ## 10,000 blocks of honest trades on four pools: the invariant bot has to stay quiet
	@$(PNPM) --silent walk

devnet: $(INSTALLED) ## A local chain with the real contracts, until Ctrl-C
	@$(PNPM) --silent devnet

docs: $(INSTALLED) ## Write the tables of variables and .env.example anew from the code
	@$(PNPM) --silent run docs

owners-check: $(INSTALLED) ## Whether every check has an owner; FILE=owners.yaml
	@$(PNPM) --silent ops owners check $(or $(FILE),owners.example.yaml)

rollbar-setup: $(INSTALLED) ## Rollbar's notification rules for every check; DRY_RUN=1 writes nothing
	@$(PNPM) --silent ops rollbar setup

rollbar-deploy: $(INSTALLED) ## Tell Rollbar what was deployed; BOTS="checkpoint keeper", all unless given
	@REVISION=$${REVISION:-$$(git rev-parse HEAD)} $(PNPM) --silent ops rollbar deploy $(BOTS)

alert-drill: $(INSTALLED) ## A test alert through every configured channel; CHANNEL=telegram for one
	@$(PNPM) --silent ops drill $(CHANNEL)

clean: ## Remove everything that was built or installed
	@npm run --silent clean

$(INSTALLED): package.json pnpm-lock.yaml pnpm-workspace.yaml $(wildcard */*/package.json demo/package.json ops/package.json)
	@echo 'Installing what package.json asks for'
	@$(PNPM) install --frozen-lockfile --reporter=silent
	@touch $(INSTALLED)
