# shellcheck shell=bash disable=SC2154
# Sourced by setup-env.sh: the chosen bots' secrets from a password manager, by the command of --secrets-from. A value goes
# from the command's output into a file of mode 600; it is never an argument of a process nor on the screen.

# Prints the files of a bot's secrets, from compose's variables.
secrets_of() { # bot
  awk -v bot="  $1:" '/^  [a-z]/ { on = ($0 == bot) } on && /^      - / {
    gsub(/[{},]/, ""); print $2 == "source:" ? $3 : $2 }' docker/variables.yaml
}

fetch_secrets() {
  local name value before problem bot other fetched='' absent='' said=''
  draft=$(mktemp "$secrets/.draft.XXXXXX")
  trap 'rm -f "$draft" "$draft.said"' EXIT
  for name in $(for bot in $bots; do secrets_of "$bot"; done | awk '!seen[$0]++'); do
    # Another name of a secret that is set already.
    if ! is_set "$name" && any_is_set "$name"; then continue; fi
    if ! bash -c "${secrets_from//\{name\}/$name}" >"$draft" 2>"$draft.said" || ! grep -q '[^[:space:]]' "$draft"; then
      any_is_set "$name" || absent="$absent${absent:+, }$name"
      said=$(grep . "$draft.said" | tail -n 1) || true
      continue
    fi
    value=$(<"$draft")
    problem=$(problem_with "$name" "$value")
    [[ -z $problem ]] || stop "$name of --secrets-from $problem"
    for bot in $bots; do
      if [[ $name != "$(key_of "$bot")" && $name != "${bot}_KEYSTORE" ]]; then continue; fi
      other=$(other_bot_with "$bot" "$value")
      [[ -z $other ]] || stop "$name of --secrets-from is the key of the $other bot: give each bot a key of its own, see docs/keys.md"
    done
    before=$(secret "$name")
    fetched=yes
    if [[ $value = "$before" ]]; then continue; fi
    if [[ -z $before ]]; then say "fetched $name"
    # It may be the only copy of a key to a wallet with funds.
    elif is_key "$name" || [[ $name = *_KEYSTORE || $name = *_KEYSTORE_PASSWORD ]]; then
      say "$name: $secrets/$name holds another value, which is kept. To take the new value, empty that file and run this again"
      continue
    else say "replaced $name: make restart BOT=… for those that use it"
    fi
    # Written into the existing file, because a running container has this very file mounted.
    cat "$draft" >"$secrets/$name"
  done
  [[ -n $fetched ]] || stop "--secrets-from: the command gave no secret${said:+; it says: $said}"
  [[ -z $absent ]] || say "not in the password manager, and not used: $absent"
}
