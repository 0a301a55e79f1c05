# shellcheck shell=bash disable=SC2154
# Sourced by setup-env.sh: the wallet of each bot, and whether two bots have the same.
source docker/bots.sh
source docker/walletAddress.sh

# Two bots that send from one wallet use each other's nonces, and a thief of the one key has both.
wallet_in() { # key or keystore: its address, or where the address is unknown the key without blanks and 0x
  local address key=${1//[[:space:]]/}
  address=$(address_in_keystore "$1")
  [[ -n $address ]] || address=$(address_of_key "$key")
  printf '%s' "${address:-${key#0[xX]}}" | tr A-F a-f
}
# Prints the source of a bot's wallet, now or at its next start.
wallet_source_of() {
  local key
  key=$(key_of "$1")
  # The watchtower has no key.
  [[ -n $key ]] || return 0
  if is_set "$key"; then secret "$key"
  elif [[ -n $(setting "$key") ]]; then setting "$key"
  elif is_set "$1_KEYSTORE"; then secret "$1_KEYSTORE"
  elif [[ -z $development ]]; then printf '%s' "${!key:-}"
  fi
}
other_bot_with() { # bot, key or keystore: the bot that has the same wallet
  local other there wallet=''
  [[ -n $2 ]] || return 0
  for other in $bots; do
    if [[ $other = "$1" ]]; then continue; fi
    there=$(wallet_source_of "$other")
    if [[ -z $there ]]; then continue; fi
    wallet=${wallet:-$(wallet_in "$2")}
    if [[ $(wallet_in "$there") = "$wallet" ]]; then echo "$other"; return; fi
  done
}
address_of_bot() { # nothing where it is unknown
  local source address
  source=$(wallet_source_of "$1")
  address=$(address_in_keystore "$source")
  printf '%s' "${address:-$(address_of_key "${source//[[:space:]]/}")}"
}
