# shellcheck shell=bash disable=SC2034
# Written by `make docs` from the folders of bots/. Do not edit.
all_bots='checkpoint invariant keeper lpandarb watchtower'
# The groups of ./setup-env.sh --service-bots and --all, from each bot's package.json.
service_bots='checkpoint invariant watchtower'
most_bots='checkpoint invariant keeper watchtower'
# Prints a line of setup-env.sh --help for each bot.
describe_bots() {
  cat <<'TEXT'
  --checkpoint     mints Hyperdrive checkpoints, back-fills missed ones
  --invariant      watches the invariants of Hyperdrive pools
  --keeper         commits and settles the rounds of prize pools
  --lpandarb       provides liquidity and arbitrages the fixed rate, with money of its own
  --watchtower     notices when a bot goes down, and shows all of them on a page
TEXT
}
# Variables that hold the private key of a wallet.
all_keys='CHECKPOINT_BOT_KEY PAUSER_KEY PRIVATE_KEY LPANDARB_BOT_KEY'
# The variable of a bot's key; nothing where the bot has no wallet.
key_of() {
  case $1 in
    checkpoint) echo CHECKPOINT_BOT_KEY ;;
    invariant) echo PAUSER_KEY ;;
    keeper) echo PRIVATE_KEY ;;
    lpandarb) echo LPANDARB_BOT_KEY ;;
  esac
}
# The other bots work without a key, or need one for some settings only.
needs_key() { case $1 in checkpoint | keeper | lpandarb) ;; *) return 1 ;; esac; }
# Each of these secrets, and each of these settings, turns an alert channel on.
channels='ROLLBAR_API_KEY PAGERDUTY_ROUTING_KEY TELEGRAM_BOT_TOKEN SLACK_WEBHOOK_URL DISCORD_WEBHOOK_URL WEBHOOK_URL'
channel_settings='EMAIL_TO'
is_key() { [[ " $all_keys " = *" $1 "* ]]; }
