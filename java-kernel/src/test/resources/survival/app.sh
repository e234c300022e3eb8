#!/bin/sh
# An app that records any second instance of itself: app.sh FOLDER NAME BEHAVIOUR. Its whole tree holds the lock.
exec 9>>"$1/$2.lock"
flock -n 9 || echo "$2 $$" >>"$1/second"
echo "$$" >>"$1/$2.starts"
case $3 in
  steady) exec sleep infinity ;;
  # Ignores TERM, and leaves a child in a session of its own that does, too.
  stubborn)
    trap '' TERM
    setsid sleep infinity &
    while :; do sleep infinity; done
    ;;
  # Ends by itself, and leaves something behind that a start has to wait for.
  crashing)
    (sleep infinity &)
    sleep "0.$(($(od -An -N1 -tu1 /dev/urandom) % 9 + 1))"
    exit 3
    ;;
  # Ends by itself and leaves nothing: its keeper may start it again.
  flapping)
    sleep "0.$(($(od -An -N1 -tu1 /dev/urandom) % 9 + 1))"
    exit 3
    ;;
esac
