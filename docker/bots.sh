# shellcheck shell=bash disable=SC2034
# Written by `make docs` from the folders of bots/. Do not edit.
all_bots='checkpoint invariant keeper lpandarb watchtower'
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
is_key() { [[ " $all_keys " = *" $1 "* ]]; }
