#!/usr/bin/env bash
# Sets up and runs all tests: Java, Python, TypeScript, the browser. Usage: ./test.sh [java] [python] [panel] [browser] [versions]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"
cd "$root"
parts=${*:-java python panel browser versions}
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
python=$(find_python)
JAVA_HOME=$("$python" python-shim/jupyter_restart/java.py --jdk) || exit 1
export JAVA_HOME
rm -f "$state"/test-*.log "$state"/closing-*

# check NAME COMMAND…: runs it with its output shown and kept; the lines in which its runner closes are said again last.
check() {
  local name=$1 log="$state/test-$1.log"
  shift
  say "== $name: $*"
  "$@" 2>&1 | tee "$log"
  grep -aE '^(\[[A-Z]+\] )?Tests run: .*[0-9]$|^(\[[A-Z]+\] )?Tests run: [^:]*Skipped: [0-9]+$|^=+ .*(passed|failed).* in .*=+$|^(Tests|Test Suites): +|^ +[0-9]+ (passed|failed|flaky|skipped)( \(|$)' "$log" | tail -n 4 >"$state/closing-$name" || true
}

wants() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }

if ! command -v mvn >/dev/null || ! command -v npm >/dev/null; then
  die "Maven and Node are needed to test from a checkout (Debian: apt-get install maven nodejs npm)."
fi

if wants java; then check java mvn -B -ntp -Perror-prone verify; fi

if wants python || wants browser || wants versions; then make_environment "$state/test-env" lab,test; fi
bin="$state/test-env/bin"

# In a folder of its own: in the environment every server of every test would load it.
if wants python && [ ! -d "$state/proxy/simpervisor" ]; then
  step "Install jupyter-server-proxy" "$bin/python" -m pip install --disable-pip-version-check --no-deps \
    --target "$state/proxy" "jupyter-server-proxy>=4.4" "simpervisor>=1"
fi

# Most of these wait for servers and processes, and so do those in the browser: they run beside each other. Those with
# ComfyUI and with the real service take their turn after the browser, so that both rows are of about one length.
late="python-shim/tests/comfyui python-shim/tests/service"
test_python() {
  check ruff "$bin/ruff" check .
  check format "$bin/ruff" format --check .
  check mypy "$bin/mypy"
  # shellcheck disable=SC2086
  check python "$bin/python" -m pytest $(printf -- "--ignore=%s " $late)
}

beside=
# end_python: waits for what runs beside, shows what it said, and returns its status. Given a signal's status, ends it.
end_python() {
  local pid=$beside status=0
  [ -n "$pid" ] || return 0
  beside=
  [ "${1:-0}" -lt 128 ] || kill -- "-$pid"
  wait "$pid" || status=$?
  cat "$state/python.log"
  return "$status"
}
if wants python; then
  say "== python: runs beside the others, and is shown after them"
  trap 'status=$?; end_python "$status" || status=1; exit "$status"' EXIT
  # With a process group of its own, which Ctrl-C does not reach but end_python does.
  set -m
  (test_python) >"$state/python.log" 2>&1 &
  beside=$!
  set +m
fi

if wants panel || wants browser || wants versions; then
  if is_older labextension/node_modules/.package-lock.json labextension/package-lock.json; then
    step "Install what the panel is tested with" npm --prefix labextension ci --no-audit --no-fund
  fi
fi
if wants panel; then
  check lint npm --prefix labextension run lint
  check schema npm --prefix labextension run check:schema
  check panel npm --prefix labextension test
fi

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 1
}
# Somebody else may be at apt, and a mirror may be away, for a moment; what is known of packages already may do.
install_chromium() {
  local as_root pause
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  for pause in 5 15 30 60 0; do
    $as_root apt-get -qq -o Acquire::Retries=3 update || true
    $as_root apt-get -qq -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 install chromium && return
    sleep "$pause"
  done
  return 1
}
if wants browser || wants versions; then
  if ! find_chromium >/dev/null; then
    step "Install Debian's chromium" install_chromium
  fi
  CHROMIUM=$(find_chromium) || die "no Chromium was found and none could be installed: name one by CHROMIUM=/path/to/chromium"
  export CHROMIUM JUPYTER_RESTART_TEST_PYTHON="$bin/python"
fi
if wants browser; then check browser npm --prefix labextension run test:ui; fi
if wants versions; then
  # The newest are those of the environment that all else is tested in.
  check newest npm --prefix labextension run test:versions
  check oldest "$bin/python" scripts/version_matrix.py oldest --keep "$state/versions"
fi
# shellcheck disable=SC2086
if wants python; then check services "$bin/python" -m pytest $late; fi

end_python

say
say "== all passed: $parts"
for name in java python services panel browser newest oldest; do
  [ ! -s "$state/closing-$name" ] || cat "$state/closing-$name"
done
