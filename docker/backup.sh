#!/usr/bin/env bash
# [CHAIN=base] docker/backup.sh | age -r … >bots.age: settings, secrets, the files of CONFIG_DIR and the bots'
# state, as a tar on standard output. It holds every key: encrypt it on the way, as here. The bots may run
# meanwhile.
source "$(dirname "$0")/compose.sh"
[[ ! -t 1 ]] || { echo 'this prints keys: into a pipe, for example docker/backup.sh | age -r … >bots.age' >&2; exit 2; }
require_engine
umask 077
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
cp "$env_file" "$draft/env"
# Links, so that no second copy of a key exists.
ln -s "$(setting SECRETS_DIR)" "$draft/secrets"
ln -s "$(setting CONFIG_DIR)" "$draft/config"
mkdir "$draft/state"
for bot in $bots; do
  provide_image "$bot" --quiet >&2
  docker run --rm --network none --user 0 --entrypoint tar --volume "$(setting COMPOSE_PROJECT_NAME)_$bot-state:/state:ro" \
    "$(image_of "$bot")" -C /state --exclude='*.sock' -c . >"$draft/state/$bot.tar"
done
tar -C "$draft" -ch env secrets config state
