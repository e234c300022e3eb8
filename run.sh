#!/usr/bin/env bash
# Sets everything up and runs JupyterLab under the restart service, ComfyUI too where it is found.
# Usage: ./run.sh [-- ARGUMENTS FOR JUPYTERLAB]
#   PYTHON, COMFYUI_DIR, COMFYUI_PYTHON, COMFYUI_ARGS choose what is used; a restart.toml beside this file is the config.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

case ${1:-} in
  -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
  --) shift ;;
  '') ;;
  *) printf 'run.sh: arguments for JupyterLab go behind --, for example: ./run.sh -- --port 9000\n' >&2; exit 2 ;;
esac

make_environment "$root/.venv" lab
bin="$root/.venv/bin"

# A server that runs already is shown, not doubled.
running=$("$bin/python" "$root/scripts/running_lab.py" || true)
if [ -n "$running" ]; then
  say "JupyterLab runs already: $running"
  "$bin/jupyter-restart" status || true
  exit 0
fi

find_comfyui() {
  local folder
  for folder in "${COMFYUI_DIR:-}" /storage/ComfyUI /notebooks/ComfyUI "$PWD/ComfyUI" "$root/ComfyUI"; do
    [ -n "$folder" ] && [ -f "$folder/main.py" ] && { (cd "$folder" && pwd); return; }
  done
  [ -z "${COMFYUI_DIR:-}" ] || say "COMFYUI_DIR is $COMFYUI_DIR, but there is no main.py: ComfyUI is left out." >&2
}

if [ -z "${JUPYTER_RESTART_CONFIG:-}" ]; then
  if [ -f "$root/restart.toml" ]; then
    export JUPYTER_RESTART_CONFIG="$root/restart.toml"
  elif comfyui=$(find_comfyui) && [ -n "$comfyui" ]; then
    "$bin/python" "$root/scripts/comfyui_config.py" "$comfyui" "$state/restart.toml" \
      && export JUPYTER_RESTART_CONFIG="$state/restart.toml"
  fi
fi

arguments=()
[ "$(id -u)" != 0 ] || arguments+=(--allow-root)
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || arguments+=(--no-browser)

# With exec JupyterLab is what the shell, the terminal and the container see: Ctrl-C and TERM reach it as always.
export PATH="$bin:$PATH"
exec "$bin/jupyter-lab" "${arguments[@]}" "$@"
