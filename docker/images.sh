# shellcheck shell=bash disable=SC2154
# Sourced by compose.sh: the image of each service, its name, its revision, and its source.

# The last commit that changed anything in a service's image, so that any other commit replaces none. A checkout without
# git (a tarball, another user's clone) has the hash of these files instead.
revision_of() {
  local paths=(.dockerignore package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json) commit
  case $1 in
    anvil | fork) paths+=(docker/anvil.Dockerfile packages/devnet) ;;
    ops) paths+=(docker/bot.Dockerfile packages/core bots ops) ;;
    *) paths+=(docker/bot.Dockerfile docker/healthcheck.mjs packages/core "bots/$1") ;;
  esac
  commit=$(git log -1 --format=%h --abbrev=12 -- "${paths[@]}" 2>/dev/null) || commit=''
  if [[ -n $commit ]]; then
    echo "$commit$([[ -z $(git status --porcelain -- "${paths[@]}") ]] || echo -dirty)"
  else
    echo "files-$(find "${paths[@]}" \( -name node_modules -o -name dist -o -name .turbo \) -prune -o -type f -print | LC_ALL=C sort |
      while IFS= read -r file; do cksum "$file"; done | checksum | cut -c1-12)"
  fi
}
checksum() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
version_of() { git describe --tags --always "$1" 2>/dev/null || echo "$1"; } # revision
label_of() { docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"; }
has_image() { docker image inspect "$1" >/dev/null 2>&1; }
# Name of the image that compose starts for a service; the one before it has -previous at its end.
image_of() {
  echo "$(setting IMAGES | grep . || echo service-bots)/$1:$(setting TAG | grep . || setting COMPOSE_PROJECT_NAME)"
}
# Builds a service's image from this checkout; options such as --quiet follow the service.
build() {
  local revision
  revision=$(revision_of "$1")
  echo "building the image of $1 from this checkout, which may take a minute or two" >&2
  REVISION=$revision VERSION=$(version_of "${revision%-dirty}") compose build "${@:2}" "$1"
}
# Provides a service's first image: from the registry in the settings, where they name one, or else from this
# checkout; the same image for all chains.
provide_image() { # service, --quiet and the like
  local image revision another
  image=$(image_of "$1")
  if has_image "$image"; then return; fi
  if [[ -n $(setting IMAGES) ]]; then
    echo "pulling $image" >&2
    docker pull --quiet "$image" >/dev/null
    return
  fi
  revision=$(revision_of "$1")
  another=$(docker images -q --filter "label=org.opencontainers.image.revision=$revision" "${image%:*}" | head -n 1)
  if [[ -n $another && $revision != *-dirty ]]; then docker tag "$another" "$image"; else build "$@"; fi
}
# Provides the images that compose starts: from the registry in the settings, where they name one, or else
# from this checkout.
provide_images() {
  local service
  for service in ${profiles//,/ }; do
    if [[ -z $(setting IMAGES) ]]; then build "$service"; else provide_image "$service"; fi
  done
}
