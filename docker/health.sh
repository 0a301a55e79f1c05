# shellcheck shell=bash disable=SC2154
# Sourced by compose.sh: starts services, waits until they are healthy, and gives the reason of one that is not.

# Prints the number of restarts of a container, its state, its health, and the exit code of its last end.
condition_of() { # container
  docker inspect -f '{{.RestartCount}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}unknown{{end}} {{.State.ExitCode}}' "$1"
}

# Prints the message of the last serious line of a log, in one line. Bots log JSON; the local chain ends with
# a line of devnet.
serious_line() {
  sed -nE 's/^\{"time":"[^"]*","level":"(critical|error)","bot":"[^"]*","message":"(([^"\\]|\\.)*)".*/\2/p; s/^(devnet: .*)/\1/p' |
    tail -n 1 | sed -E 's/\\n */ /g; s/\\(["\\])/\1/g'
}

# Prints in one line: the last serious line that a container has logged since a time (in Unix seconds), or
# else the output of its health check, or its last line, or how it ended.
reason_of() { # container, since
  local said='' reason=''
  # The engine may report the end of a process before it has stored the last lines of its log.
  for _ in 1 2 3; do
    said=$(docker logs --since "$2" "$1" 2>&1 | tail -n 200) || true
    reason=$(serious_line <<<"$said")
    # A bot that ends while another copy works prints the reason outside of its log, on standard error.
    [[ -n $reason ]] || reason=$(grep -vE '^(\{|\(node:|\(Use )' <<<"$said" | grep . | tail -n 1 | sed 's/^ *//') || true
    [[ -z $reason ]] || break
    sleep 1
  done
  [[ -n $reason ]] || reason=$(docker inspect -f '{{with .State.Health}}{{range .Log}}{{println .Output}}{{end}}{{end}}' "$1" |
    grep . | grep -v '^Health check exceeded' | tail -n 1) || true
  [[ -n $reason ]] || reason=$(grep . <<<"$said" | tail -n 1) || true
  echo "${reason:-its log is empty; $(docker inspect -f '{{.State.Status}}, exit code {{.State.ExitCode}}' "$1")}"
}

# Waits until a service is healthy. It fails as soon as the service cannot become healthy, and prints the
# reason. The engine restarts a bot that ends. 78 is the exit code of a wrong configuration, which no restart
# repairs.
await_healthy() { # service, restarts that are no failure yet, since
  local container before restarts status health code end=$((SECONDS + ${WAIT_SECONDS:-240})) patience=$((SECONDS + 15))
  container=$(compose ps -q --all "$1")
  [[ -n $container ]] || { echo "$1: has no container" >&2; return 1; }
  read -r before _ <<<"$(condition_of "$container")"
  while ((SECONDS < end)); do
    [[ -z ${interrupted:-} ]] || return 1
    read -r restarts status health code <<<"$(condition_of "$container")"
    case "$status $health" in
      'running healthy') return 0 ;;
      # A container that was unhealthy before has had another health check by then.
      'running unhealthy') ((SECONDS < patience)) || break ;;
      running* | created*) ;;
      restarting*) [[ $code != 78 ]] || break ;;
      *) break ;;
    esac
    ((restarts - before <= $2)) || break
    sleep 1
  done
  echo "$1 is not healthy: $(reason_of "$container" "$3")" >&2
  return 1
}

# Creates and starts services, and waits until all of them are healthy; the local chain first, since a bot
# without a chain raises an alert. Fails with the reason of each unhealthy service.
start_services() { # service…
  local service since failed=''
  since=$(date +%s)
  for service in "$@"; do
    if [[ $service = "$local_chain" ]]; then
      compose up -d --no-build "$service"
      await_healthy "$service" 0 "$since" || { suggest_doctor; return 1; }
    fi
  done
  compose up -d --no-build "$@" || {
    [[ " $* " != *' watchtower '* ]] || port_problem >&2
    suggest_doctor
    return 1
  }
  for service in "$@"; do await_healthy "$service" 1 "$since" || failed=yes; done
  [[ -z $failed ]] || { suggest_doctor; return 1; }
}
# Prints the remedy when another program has the port of the page, and nothing otherwise.
port_problem() {
  local port container
  port=$(setting WATCHTOWER_PORT)
  port=${port:-8080}
  container=$(compose ps -q watchtower 2>/dev/null) || true
  [[ -z $container || $(docker inspect -f '{{.State.Status}}' "$container") != running ]] || return 0
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
    echo "port $port of this machine is in use by another program: set WATCHTOWER_PORT in $env_file to a free one, then $make_command up"
}
suggest_doctor() { echo "next: $make_command doctor shows all that is wrong, with what mends it" >&2; }

# Replaces one bot's container and no other. It fails unless the container becomes healthy, as soon as that is
# impossible.
replace() {
  local since
  since=$(date +%s)
  compose up -d --no-deps --no-build --force-recreate "$1" || return 1
  WAIT_SECONDS=${WAIT_SECONDS:-120} await_healthy "$1" 0 "$since"
}
# Puts BOT on another image. Unless the bot gets healthy, and after an interrupt, goes back to the present
# image, and fails.
switch_to() { # image
  local image before container
  image=$(image_of "$BOT")
  container=$(compose ps -q --all "$BOT")
  before=${container:+$(docker inspect -f '{{.Image}}' "$container")}
  interrupted=''
  trap 'interrupted=yes' INT TERM HUP
  docker tag "$1" "$image"
  if replace "$BOT"; then trap - INT TERM HUP; return; fi
  [[ -z $interrupted ]] || echo 'interrupted' >&2
  [[ -n $before ]] || { echo "there is no image to go back to: $BOT stays on the new one" >&2; suggest_doctor; return 1; }
  # The name is set first: if this is interrupted too, make up completes it.
  docker tag "$before" "$image"
  interrupted=''
  if replace "$BOT"; then echo "rolled back: $BOT runs the image from before and is healthy" >&2
  else
    echo "$BOT is on the image from before, and not healthy either; $make_command up completes an interrupted return" >&2
    suggest_doctor
  fi
  return 1
}
