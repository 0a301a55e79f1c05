#!/usr/bin/env bash
# age -d bots.age | [CHAIN=base] docker/restore.sh: restores a backup of docker/backup.sh, on a host or a
# checkout that has nothing of this chain. Then make doctor, make up; it starts nothing itself, for the bots
# may still run elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
env_file=.env${CHAIN:+.$CHAIN}
stop() { echo "$*" >&2; exit 2; }
[[ ! -e $env_file ]] || stop "$env_file exists already, and is not overwritten"
[[ ! -t 0 ]] || stop 'give the backup on standard input: docker/restore.sh <backup.tar'
umask 077
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
tar -C "$draft" -x || stop 'the backup is incomplete, or no tar (still encrypted?): nothing is restored'
here=$env_file
env_file=$draft/env
source docker/settings.sh
source docker/engine.sh
[[ -f $draft/env && -d $draft/secrets && -d $draft/config && -d $draft/state ]] || stop 'the backup is incomplete: it has to hold env, secrets, config and state'
read_settings
for bot in $(setting COMPOSE_PROFILES | tr , '\n' | grep -vxE 'anvil|fork'); do
  [[ -f $draft/state/$bot.tar ]] || stop "the backup is incomplete: it has no state of $bot; take another one"
done
# Of this chain: another checkout's.
require_engine
project=$(setting COMPOSE_PROJECT_NAME)
mine=label=com.docker.compose.project=$project
[[ -z $(docker ps -aq --filter "$mine") ]] || stop "this host has containers of $project already, of another checkout: first make down there"
states=$(docker volume ls -q --filter "$mine" | grep -e '-state$' | paste -sd' ' -) || true
[[ -z $states ]] || stop "this host has state of $project already, which is not overwritten; where the backup is to replace it: docker volume rm $states"
# The folder of a user that this host does not have: this user's own folder replaces it.
for name in SECRETS_DIR CONFIG_DIR; do
  there=$(setting "$name")
  if mkdir -p "$there" 2>/dev/null && [[ -w $there ]]; then continue; fi
  own=$([[ $(id -u) = 0 ]] && echo /etc || echo "${XDG_CONFIG_HOME:-$HOME/.config}")/service-bots/${CHAIN:-default}/$(basename "$there")
  echo "$name: $(id -un) cannot write $there, so $own takes its place"
  set_setting "$name" "$own"
done
secrets=$(setting SECRETS_DIR)
config=$(setting CONFIG_DIR)
[[ -z $(ls -A "$secrets" 2>/dev/null) ]] || stop "there are secrets in $secrets already: they are not overwritten"
# The user id of the bots on the other host belongs to another user here.
[[ $(id -u) = 0 ]] || set_setting BOTS_USER "$(id -u):$(id -g)"
user=$(setting BOTS_USER)
write_settings

incomplete() {
  rm -rf "$draft"
  echo "not restored as a whole: once the reason above is gone, docker compose --env-file $here down --volumes, rm -r $here $(printf %q "$secrets"), and the same again" >&2
}
trap incomplete EXIT
mkdir -p "$secrets" "$config"
cp -R "$draft/secrets/." "$secrets"
cp -R "$draft/config/." "$config"
chmod -R go= "$secrets"
chmod -R go=rX "$config"
if [[ $(id -u) = 0 ]]; then chown -R "$user" "$secrets"; fi
cp "$draft/env" "$here"

source docker/compose.sh
provide_images
compose up --no-start --no-build
for bot in $bots; do
  docker run --rm --interactive --network none --user 0 --entrypoint sh \
    --volume "$(setting COMPOSE_PROJECT_NAME)_$bot-state:/state" "$(image_of "$bot")" \
    -c "tar -C /state -x && chown -R $user /state/. && chmod 1777 /state" <"$draft/state/$bot.tar"
done
trap 'rm -rf "$draft"' EXIT
echo "restored $profiles; once they run nowhere else: $make_command doctor, $make_command up"
