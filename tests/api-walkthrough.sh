#!/bin/bash
# Runs the blocks of docs/api.md, in order, against a fresh server. By hand:
#
#   tests/api-walkthrough.sh [BINARY]
#
# Needs curl and jq.
set -euo pipefail

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
blocks() {
    awk -v start="$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$page"
}
blocks '```sh' >before.sh
blocks '```sh server' >with-server.sh
. ./before.sh
"$binary" serve --data "$DATA" --listen 127.0.0.1:0 >out 2>log &
server=$!
tries=0
until URL=$(grep -o 'http://[0-9.:]*' out) && curl -fsS "$URL/readyz" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 240 ]; then
        cat out log && exit 1
    fi
    sleep 0.25
done
. ./with-server.sh
kill "$server"
wait "$server"
server=
echo "the walk-through works, and the server stopped as asked"
