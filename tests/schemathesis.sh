#!/bin/sh
# Throws generated requests at a running server and checks that nothing answers 5xx and that every status,
# content type and body is as /api/v1/openapi.json says; once with whatever is generated, once aimed at things
# that are there. By hand:
#
#   tests/schemathesis.sh [BINARY] [EXAMPLES]
#
# Starts BINARY (target/debug/slipway) on a fresh data folder with a small estate, installs schemathesis into
# a virtual environment beside the target folder, and prints its report. Needs python3 with venv.
set -eu

binary=$(realpath "${1:-target/debug/slipway}")
examples=${2:-50}
venv=$(realpath -m "${SLIPWAY_VENV:-target/schemathesis}")
port=${PORT:-3917}
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

if [ ! -x "$venv/bin/schemathesis" ]; then
    echo "installing schemathesis into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'schemathesis>=4,<5'
fi

cd "$work"
echo "schemathesis-password" | "$binary" user add tester --admin --password-stdin --data "$work/data" >/dev/null
token=$("$binary" token create --user tester --json --data "$work/data" | grep -o 'slp_[A-Za-z0-9_-]*')
"$binary" serve --data "$work/data" --listen "127.0.0.1:$port" >"$work/out" 2>"$work/log" &
server=$!
url="http://127.0.0.1:$port"
tries=0
until curl -fsS "$url/readyz" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then
        echo "the server does not start:" && cat "$work/out" "$work/log" && exit 1
    fi
    sleep 0.5
done
# Something to find. No slash in these keys: schemathesis does not escape the values it is given.
printf '%s\n' \
    '{"type":"ci","key":"A1","name":"A1","class":"rack"}' \
    '{"type":"ci","key":"hv-1","name":"hv-1","class":"device","rack":"A1","position":1}' \
    '{"type":"ci","key":"mail-1","name":"mail-1","class":"vm"}' \
    '{"type":"relation","kind":"located_in","from":"hv-1","to":"A1"}' \
    '{"type":"relation","kind":"runs_on","from":"mail-1","to":"hv-1"}' |
    curl -fsS -H "Authorization: Bearer $token" -H 'Content-Type: application/x-ndjson' --data-binary @- \
        "$url/api/v1/imports?format=ndjson" >/dev/null

curl -fsS -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"fields": {"title": "Generated"}}' \
    "$url/api/v1/releases" >/dev/null
cat >"$work/found.toml" <<'TOML'
[parameters]
"path.key" = ["hv-1", "A1"]
"path.number" = "REL-000001"
TOML
: >"$work/none.toml"

status=0
check() {
    config=$1
    shift
    "$venv/bin/schemathesis" --config-file "$work/$config.toml" run "$url/api/v1/openapi.json" \
        --header "Authorization: Bearer $token" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
        --max-examples "$examples" --seed 1 --generation-database none --continue-on-failure "$@" || status=$?
}
# The event stream never ends, so it is left out. Revoking comes last and by itself: aimed at what the list of
# tokens answers, it would revoke the one that all this is asked with.
check found --exclude-path /sync/v1/events --exclude-path '/api/v1/tokens/{id}'
check none --exclude-path /sync/v1/events --exclude-path '/api/v1/tokens/{id}'
check none --include-path '/api/v1/tokens/{id}' --phases examples,coverage,fuzzing
if grep -E 'panic|request failed' "$work/log"; then
    echo "the server's log tells of failures" && status=1
fi
exit "$status"
