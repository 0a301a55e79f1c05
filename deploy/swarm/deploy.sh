#!/usr/bin/env bash
# [CHAIN=base] deploy/swarm/deploy.sh: the bots of .env as services of this Docker swarm, from the same compose.yaml.
# Run it again after any change: only what differs is replaced, the old one stopped before the new one begins.
source "$(dirname "$0")/../../docker/compose.sh"

docker node ls >/dev/null 2>&1 || { echo 'this engine manages no swarm: docker swarm init' >&2; exit 2; }
project=$(setting COMPOSE_PROJECT_NAME)
secrets=$(setting SECRETS_DIR)
registry=$(setting IMAGES)
if [[ -z $registry && $(docker node ls -q | wc -l) -gt 1 ]]; then
  echo "IMAGES: more than one node, and no registry to get the images from; give it in $env_file, for example IMAGES=ghcr.io/you" >&2
  exit 2
fi

# A swarm's secrets cannot be changed: with another content they get another name.
SECRETS_VERSION=-$(cat "$secrets"/* | sha256sum | cut -c1-10)
export SECRETS_VERSION

# Without a registry a new image has no digest that would tell it from the old one: its own id does.
names=''
if [[ -z $registry ]]; then
  compose build
  for service in ${profiles//,/ }; do
    image=$(image_of "$service")
    id=$(docker image inspect -f '{{.Id}}' "$image" | cut -c8-19)
    docker tag "$image" "${image%:*}:$id"
    names="$names;s|image: $image\$|image: ${image%:*}:$id|"
  done
fi

# A swarm has its own way to restart, and knows neither the project's name nor profiles, builds and security_opt. Compose
# writes a tmpfs' size as a text; a swarm wants a number.
compose config | sed "${names#;}" | awk '
  /^name:/ { next }
  /^ {0,2}[^ ]/ { skip = 0 }
  /^    [^ ]/ { skip = /^    (profiles|build|restart|security_opt):/ }
  /^ +size: "[0-9]+"$/ { gsub(/"/, "") }
  !skip' | docker stack deploy --with-registry-auth --prune --compose-file - "$project"

for service in ${profiles//,/ }; do
  name=${project}_$service
  end=$((SECONDS + ${WAIT_SECONDS:-240}))
  while
    update=$(docker service inspect -f '{{with .UpdateStatus}}{{.State}}{{end}}' "$name")
    [[ $update = updating || $(docker service ls --filter "name=$name" --format '{{.Replicas}}') != 1/1 ]]
  do
    if ((SECONDS > end)); then
      docker service ps --no-trunc "$name" >&2
      echo "$service did not become healthy" >&2
      exit 1
    fi
    sleep 1
  done
  case $update in
    rollback* | paused) echo "$service did not become healthy, and was rolled back" >&2; exit 1 ;;
    *) echo "$service is healthy" ;;
  esac
done
# Names of before; one that is still in use stays.
docker secret ls --filter "name=${project}_" --format '{{.Name}}' | grep -v -- "$SECRETS_VERSION\$" |
  xargs -r docker secret rm >/dev/null 2>&1 || true
