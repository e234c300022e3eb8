# What run.sh and test.sh share: steps with progress, a Python of at least 3.10, an environment that is up to date.
# Sourced, not run. Expects $root, the checkout.

state="$root/.run"
mkdir -p "$state"

say() { printf '%s\n' "$*"; }
die() { printf 'jupyter-restart: %s\n' "$*" >&2; exit 1; }

# step TEXT COMMAND…: runs a long step, its output to a log, and shows that it is alive and how long it took.
step() {
  local text=$1 log began dots='' pid
  shift
  log="$state/$(printf '%s' "$text" | tr -c 'A-Za-z0-9\n' - | tr -s -).log"
  began=$SECONDS
  printf '  %s ' "$text …"
  "$@" >"$log" 2>&1 &
  pid=$!
  trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    [ $(((SECONDS - began) / 5)) -gt ${#dots} ] && { dots="$dots."; printf '.'; }
  done
  trap - INT TERM
  if wait "$pid"; then
    printf ' done in %s s\n' "$((SECONDS - began))"
  else
    printf ' failed\n'
    tail -n 30 "$log" >&2
    die "the step \"$text\" failed; its whole output is in $log"
  fi
}

# The first Python of at least 3.10.
find_python() {
  local name
  for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10 python; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 || continue
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { command -v "$name"; return; }
  done
  die "no Python of at least 3.10 was found on the PATH. Install one, or name it: PYTHON=/path/to/python3 $0"
}

# is_older FILE PATH…: whether FILE is missing or anything below the paths is newer.
is_older() {
  local file=$1
  shift
  [ -e "$file" ] || return 0
  [ -n "$(find "$@" -newer "$file" -not -path '*/node_modules/*' -not -path '*/target/*' -not -name '*.pyc' \
      -not -name __pycache__ -not -path '*/labextension/*.json' -print -quit 2>/dev/null)" ]
}

# make_environment FOLDER EXTRAS: a virtual environment with this checkout installed; nothing to do where it is fresh.
make_environment() {
  local folder=$1 extras=$2 stamp="$1/.jupyter-restart"
  if [ ! -x "$folder/bin/python" ]; then
    step "Make a Python environment" "$(find_python)" -m venv "$folder"
  fi
  if is_older "$stamp" "$root/pyproject.toml" "$root/setup.py" "$root/python-shim/jupyter_restart" \
      "$root/java-kernel/src/main" "$root/labextension/src" "$root/labextension/style" "$root/labextension/package.json"; then
    step "Build the service and the panel, install them" "$folder/bin/python" -m pip install --disable-pip-version-check "$root[$extras]"
    touch "$stamp"
  fi
}
