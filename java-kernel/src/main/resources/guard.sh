# Waits for the end of the service, and becomes the service again unless that was one in order.
# Usage: sh -c "this text" NAME ENDPOINT PID COMMAND…, descriptor 3 a socket whose other end the service has.
began=$(date +%s)
# A line is sent by a service that ends in order, or goes on as another program with a guard of its own.
if read -r _ <&3; then exit 0; fi
exec 3<&-
# What ended soon after its start may do so again: about as often as a JupyterLab would start it.
if [ $(($(date +%s) - began)) -lt 10 ]; then sleep 5; else sleep 1; fi
# Not there where the home is gone, and another's where somebody else has started the service since.
grep -q "\"pid\": *$2[,}]" "$1" || exit 0
shift 2
exec "$@"
