#!/bin/sh
# Runs the blocks of docs/api.md, in order, against a fresh server. By hand:
#
#   tests/api-walkthrough.sh [BINARY]
#
# Needs curl and jq.
set -eu

binary=$(realpath "${1:-target/debug/slipway}")
page=$(realpath "$(dirname "$0")/../docs/api.md")
work=$(mktemp -d)
server=

finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT INT TERM

cd "$work"
slipway() {
    "$binary" "$@"
}
DATA=$work/data
URL=http://127.0.0.1:${PORT:-3918}
blocks() {
    awk -v start="$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$page"
}
blocks '```sh' >before.sh
blocks '```sh server' >with-server.sh
. ./before.sh
"$binary" serve --data "$DATA" --listen "${URL#http://}" >out 2>log &
server=$!
tries=0
until curl -fsS "$URL/readyz" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then
        cat out log && exit 1
    fi
    sleep 0.5
done
. ./with-server.sh
kill "$server"
wait "$server"
server=
echo "the walk-through works, and the server stopped as asked"
