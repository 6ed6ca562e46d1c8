# Shared by the scripts in this folder; sourced, never run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# What is built or downloaded once per machine lives outside the tree, so that a fresh clone finds it again.
cache="${DISKLESSKAFKA_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/disklesskafka}"

say()  { printf '== %s\n' "$*"; }
warn() { printf '!! %s\n' "$*" >&2; }
die()  { warn "$*"; exit 1; }

# retry TIMES COMMAND...: mirrors fail for a moment now and then; locks are held by other installs.
retry() {
  local times="$1" try
  shift
  for ((try = 1; try <= times; try++)); do
    "$@" && return 0
    if ((try < times)); then
      warn "failed (try $try of $times): $*"
      sleep $((try * 5))
    fi
  done
  return 1
}

# with_lock NAME COMMAND...: one builder of a cache entry at a time, however many test runs share the machine.
with_lock() {
  local name="$1"
  shift
  mkdir -p "$cache"
  (
    flock 9
    "$@" 9>&-
  ) 9>"$cache/$name.lock"
}
