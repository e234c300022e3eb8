#!/usr/bin/env bash
# The command line of old: ./restart-control.sh status|enable|disable|force-restart|logs|… is jupyter-restart.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for command in "$root/.venv/bin/jupyter-restart" "$(command -v jupyter-restart)"; do
  [ -x "$command" ] && exec "$command" "$@"
done
printf 'restart-control.sh: jupyter-restart is not installed yet: run ./run.sh once, or pip install %s\n' "$root" >&2
exit 1
