# shellcheck shell=bash
# Sourced: checks whether this user can use Docker here, and prints the next step otherwise.

# Prints the missing part, with the command that installs it; nothing when the engine and compose can be used.
engine_problem() {
  local said
  if ! command -v docker >/dev/null; then
    echo 'docker is not installed: sudo apt-get install docker.io docker-compose docker-buildx (Ubuntu: docker-compose-v2)'
  elif ! said=$(docker version -f '{{.Server.Version}}' 2>&1); then
    case $said in
      *'permission denied'*)
        if [[ " $(id -nG "$(id -un)") " = *' docker '* ]]; then
          echo 'this session began before its user joined the group docker: log in again'
        else echo "$(id -un) may not use the engine: sudo usermod -aG docker $(id -un), then log in again"
        fi ;;
      *) echo "the engine does not answer: sudo systemctl start docker ($(tail -n 1 <<<"$said"))" ;;
    esac
  elif ! docker compose version >/dev/null 2>&1; then
    echo 'docker compose is not installed: sudo apt-get install docker-compose (Ubuntu: docker-compose-v2)'
  fi
}
require_engine() {
  local problem
  problem=$(engine_problem)
  [[ -z $problem ]] || { echo "$problem" >&2; exit 1; }
}
# Some distributions build compose without its short version, or without any.
compose_version() {
  local version
  version=$(docker compose version --short 2>/dev/null)
  [[ -n $version ]] || version=$(docker compose version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+[^ ]*' | head -n 1)
  echo "${version#v}"
}
# Tests whether a version is at least another one: 2.24 is at least 2.9.
is_at_least() { # version, least version
  local major minor least_major least_minor
  IFS=. read -r major minor _ <<<"$1."
  IFS=. read -r least_major least_minor _ <<<"$2."
  major=${major//[!0-9]/} minor=${minor%%[!0-9]*}
  ((${major:-0} > least_major || (${major:-0} == least_major && ${minor:-0} >= least_minor)))
}
