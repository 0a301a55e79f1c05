# shellcheck shell=bash
# Sourced: whether the value of a variable can be right. make doctor does the checks that only the bots can do.

# Prints the problem with a value, as the end of a sentence that begins with the variable, and never the value
# itself; nothing when it can be right.
problem_with() { # name, value
  if is_key "$1"; then problem_with_key "$1" "$2"; return; fi
  case $1 in
    RPC_URL | RPC_URI | RPC_URL_FALLBACK | FORK_URL | WATCHTOWER_RPC_URL)
      problem_with_urls "$2" 'https?' 'https://node.example/your-key' ;;
    WS_RPC_URL | WS_RPC_URI) problem_with_urls "$2" 'wss?' 'wss://node.example/your-key' ;;
    SLACK_WEBHOOK_URL | DISCORD_WEBHOOK_URL | WEBHOOK_URL | *HEARTBEAT_URL)
      problem_with_urls "$2" 'https?' 'https://hooks.example/your-path' ;;
    *_KEYSTORE) [[ $2 =~ ^[[:space:]]*\{ ]] || echo 'is not a keystore, which begins with {' ;;
    TELEGRAM_BOT_TOKEN) [[ $2 =~ ^[0-9]+:[A-Za-z0-9_-]+$ ]] || echo 'is not a token, for example 123456789:letters' ;;
    TELEGRAM_CHAT_ID) [[ $2 =~ ^(-?[0-9]+|@[A-Za-z0-9_]+)$ ]] || echo "is neither a chat's number nor the @name of a channel" ;;
    PAGERDUTY_ROUTING_KEY) [[ $2 =~ ^[A-Za-z0-9_-]{32}$ ]] || echo 'is not an integration key, which has 32 characters' ;;
    REGISTRY_ADDRESS | POOL_ADDRESSES_V2 | LPANDARB_POOLS)
      [[ $2 =~ ^[[:space:]]*0x[0-9a-fA-F]{40}([[:space:],]+0x[0-9a-fA-F]{40})*[[:space:],]*$ ]] \
        || echo 'is not an address, which has 0x and 40 hex digits' ;;
  esac
}

# The largest private key of secp256k1 is one less.
order_of_curve=fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
problem_with_key() { # name, value
  local key bot words='^[[:space:]]*[a-z]+([[:space:]]+[a-z]+){11,}[[:space:]]*$'
  key=$(tr A-F a-f <<<"${2//[[:space:]]/}")
  key=${key#0[xX]}
  if [[ $key = '{'* ]]; then
    for bot in $all_bots; do [[ $(key_of "$bot") != "$1" ]] || break; done
    echo "is a keystore: write it into the file ${bot}_KEYSTORE of the folder of secrets, its password into ${bot}_KEYSTORE_PASSWORD, and run this again"
  elif [[ $2 =~ $words ]]; then
    echo 'is a mnemonic, which is for many wallets: give the private key of one of them, 64 hex digits'
  elif [[ ! $2 =~ ^[[:space:]]*(0[xX])?[0-9a-fA-F]{64}[[:space:]]*$ ]]; then
    echo 'is not a private key, which has 64 hex digits'
  elif [[ ! $key =~ [^0] || ! $key < $order_of_curve ]]; then
    echo 'is not a private key: it is zero or above the largest'
  fi
}

problem_with_urls() { # URLs separated by commas, scheme, example
  local url host urls
  IFS=$', \t\n' read -r -d '' -a urls <<<"$1" || true
  for url in ${urls[@]+"${urls[@]}"}; do
    if [[ ! $url =~ ^$2://[^/?#[:space:]]+ ]]; then echo "is not a URL, for example $3"; return; fi
    host=${url#*://}
    host=${host%%[/?#]*}
    case ${host##*@} in
      localhost | localhost:* | 127.* | 0.0.0.0 | 0.0.0.0:* | '[::1]'*)
        echo "is on ${host##*@}, which in a container is the container itself: give an address of this machine, for example http://192.168.1.2:8545"
        return ;;
    esac
  done
}
