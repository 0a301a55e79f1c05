#!/usr/bin/env bash
# [CHAIN=base] deploy/swarm/deploy.sh: the bots of .env as services of this Docker swarm, from the same
# compose.yaml. Run it again after any change: only changed services are replaced, the old one stopped before
# the new one begins. With STATE_NFS in the settings (a file server and its folder) the bots' state is there,
# and moves with them from node to node.
source "$(dirname "$0")/../../docker/compose.sh"

require_engine
docker node ls >/dev/null 2>&1 || { echo 'this engine manages no swarm: docker swarm init' >&2; exit 2; }
if compose_runs; then
  echo "these bots run with docker compose already, with the same keys: first ${CHAIN:+CHAIN=$CHAIN }make down" >&2
  exit 1
fi
# Two simultaneous runs, from any managers, would each deploy a part. A name can be created only once in a
# swarm.
mine=${project}_deploying
if ! said=$(docker config create --label "by=$(hostname), process $$" "$mine" - <<<deploying 2>&1); then
  holder=$(docker config inspect -f '{{index .Spec.Labels "by"}} since {{.CreatedAt}}' "$mine" 2>/dev/null) || { echo "$said" >&2; exit 1; }
  echo "another deploy.sh of $project is under way ($holder); if it has died: docker config rm $mine" >&2
  exit 1
fi
trap 'docker config rm "$mine" >/dev/null' EXIT
trap 'exit 130' INT TERM HUP

# Prints the last serious line that any container of a service has logged since this deployment began.
reason_in_swarm() { docker service logs --raw --since "$since" "$1" 2>&1 | serious_line | grep . || echo 'it says nothing'; }
since=$(date +%s)
secrets=$(setting SECRETS_DIR)
registry=$(setting IMAGES)
if [[ -z $registry && $(docker node ls -q | wc -l) -gt 1 ]]; then
  echo "IMAGES: more than one node, and no registry to get the images from; give it in $env_file, for example IMAGES=ghcr.io/you" >&2
  exit 2
fi

# A swarm's secrets cannot be changed: another content gets another name, and the services that use it are
# replaced.
current=''
for name in $(sed -n 's/^  \([A-Za-z_]*\):$/\1/p' docker/secrets.yaml); do
  version=-$(sha256sum <"$secrets/$name" | cut -c1-10)
  export "SECRET_VERSION_$name=$version"
  current="$current ${project}_$name$version"
done

state=$(setting STATE_NFS)
if [[ -n $state ]]; then
  [[ $state = ?*:/* ]] || { echo "STATE_NFS: $state is no server and folder, for example STATE_NFS=fs-0123.efs.eu-west-1.amazonaws.com:/service-bots" >&2; exit 2; }
  export STATE_NFS_SERVER=${state%%:*} STATE_NFS_FOLDER=${state#*:}
  COMPOSE_FILE=$(setting COMPOSE_FILE | grep . || echo compose.yaml):deploy/swarm/nfs.yaml
  export COMPOSE_FILE
elif [[ $(docker node ls -q | wc -l) -gt 1 ]]; then
  echo "STATE_NFS is not set: each node has a state of its own, and two nodes that are cut off from one another both act" >&2
fi

# Without a registry a new image has no digest that differs from the old one's; its own id differs.
names=''
if [[ -z $registry ]]; then
  for service in ${profiles//,/ }; do
    build "$service"
    image=$(image_of "$service")
    id=$(docker image inspect -f '{{.Id}}' "$image" | cut -c8-19)
    docker tag "$image" "${image%:*}:$id"
    names="$names;s|image: $image\$|image: ${image%:*}:$id|"
  done
fi

# A swarm has its own restart policy, and does not support the project's name, profiles, builds, an order of
# starts and security_opt. Compose writes a tmpfs' size as a text; a swarm needs a number. A port would be
# published on every interface of its node, so the watchtower's page is not published.
compose config | sed "${names#;}" | awk '
  /^name:/ { next }
  /^ {0,2}[^ ]/ { skip = 0 }
  /^    [^ ]/ { skip = /^    (profiles|build|restart|depends_on|security_opt|ports):/ }
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
      echo "$service did not become healthy: $(reason_in_swarm "$name")" >&2
      suggest_doctor
      exit 1
    fi
    sleep 1
  done
  case $update in
    rollback* | paused)
      echo "$service did not become healthy, and was rolled back: $(reason_in_swarm "$name")" >&2
      suggest_doctor
      exit 1 ;;
    *) echo "$service is healthy" ;;
  esac
done
# Removes earlier names; a name that is still in use stays.
for name in $(docker secret ls --filter "name=${project}_" --format '{{.Name}}'); do
  [[ " $current " = *" $name "* ]] || docker secret rm "$name" >/dev/null 2>&1 || true
done
