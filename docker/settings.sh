# shellcheck shell=bash disable=SC2154
# Sourced: the settings in $env_file, read as compose reads them, and changed line by line. Needs nothing but bash.

# Reads the file again. The following functions work on the lines until write_settings.
read_settings() {
  local line
  lines=()
  if [[ -f $env_file ]]; then
    [[ -r $env_file ]] || {
      echo "$(id -un) may not read $env_file, which belongs to another user: sudo chown $(id -un) $env_file, or use the command as that user" >&2
      exit 1
    }
    while IFS= read -r line || [[ -n $line ]]; do lines+=("$line"); done <"$env_file"
  fi
  index_settings
}

index_settings() { printf -v settings '\n%s' ${lines[@]+"${lines[@]}"}; settings=${settings//$'\n'export /$'\n'}$'\n'; }

# Sets $found to the value of a variable, without the quotes or the comment around it; to nothing when the variable is
# absent.
find_setting() {
  local quoted="^(\"([^\"]*)\"|'([^']*)')"
  found=''
  [[ $settings = *$'\n'"$1="* ]] || return 0
  found=$settings
  # Bash finds the first occurrence far faster than the last.
  while [[ $found = *$'\n'"$1="* ]]; do found=${found#*$'\n'"$1="}; done
  found=${found%%$'\n'*}
  if [[ $found =~ $quoted ]]; then found=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
  else
    found=${found%%[[:space:]]#*}
    found=${found%"${found##*[![:space:]]}"}
  fi
}
setting() { local found; find_setting "$1"; printf '%s' "$found"; }

# Prints a value as compose reads it literally: without quotes, $ begins a variable and # after a space a
# comment.
in_quotes() {
  local special='[\"\\$#]' single="'"
  if [[ ! $1 =~ $special && $1 != "$single"* ]]; then printf '%s' "$1"
  elif [[ $1 != *"$single"* ]]; then printf '%s' "'$1'"
  else printf '"%s"' "$(sed 's/[\"$]/\\&/g' <<<"$1")"
  fi
}

# Tests whether there is a line for it, even if only as an example behind a #.
is_mentioned() { [[ $settings = *$'\n'"$1="* || $settings = *$'\n'"# $1="* || $settings = *$'\n'"#$1="* ]]; }

# Replaces the line in force, or else the example, or else adds a line at the end.
set_setting() { # name, value
  local i at='' line
  for i in ${lines[@]+"${!lines[@]}"}; do
    line=${lines[i]#export }
    if [[ $line = "$1="* ]]; then at=$i; fi
  done
  for i in ${lines[@]+"${!lines[@]}"}; do
    [[ -z $at ]] || break
    if [[ ${lines[i]} = "# $1="* || ${lines[i]} = "#$1="* ]]; then at=$i; fi
  done
  lines[${at:-${#lines[@]}}]="$1=$(in_quotes "$2")"
  index_settings
}

# Replaces every line of a variable with this one.
replace_setting() { # name, line
  local i line
  for i in ${lines[@]+"${!lines[@]}"}; do
    line=${lines[i]#export }
    if [[ $line = "$1="* ]]; then lines[i]=$2; fi
  done
  index_settings
}

# Writes the whole file or nothing, and never readable by others. An unchanged file is left alone. Its owner stays
# the owner when root changes it (sudo ./setup-env.sh).
write_settings() {
  local draft
  draft=$(umask 077; mktemp "$env_file.XXXXXX")
  printf '%s\n' ${lines[@]+"${lines[@]}"} >"$draft"
  if [[ -f $env_file && $(id -u) = 0 ]]; then
    chown "$(stat -c %u:%g "$env_file" 2>/dev/null || stat -f %u:%g "$env_file")" "$draft"
  fi
  if [[ -f $env_file ]] && cmp -s "$draft" "$env_file"; then rm -f "$draft"; else mv "$draft" "$env_file"; fi
  chmod 600 "$env_file"
}
