#!/bin/sh
# Throws generated requests at a running server and checks that nothing answers 5xx and that every status,
# content type and body is as /api/v1/openapi.json says; once with whatever is generated, once aimed at things
# that are there. A suite of `cargo xtask test`; by hand:
#
#   tests/schemathesis.sh [BINARY] [EXAMPLES] [REPORTS]
#
# Starts BINARY (target/debug/slipway) on a fresh data folder with a small estate, installs schemathesis into
# a virtual environment in the target folder (SLIPWAY_VENV), and prints its report; with a folder REPORTS also
# writes JUnit files there. Needs python3 with venv, and curl.
set -eu

binary=$(realpath "${1:-target/debug/slipway}")
examples=${2:-50}
work=$(mktemp -d)
reports=$(realpath -m "${3:-$work/reports}")
venv=$(realpath -m "${SLIPWAY_VENV:-target/schemathesis}")
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
    "$venv/bin/pip" install --quiet schemathesis==4.32.5
fi

cd "$work"
echo "schemathesis-password" | "$binary" user add tester --admin --password-stdin --data "$work/data" >/dev/null
token=$("$binary" token create --user tester --json --data "$work/data" | grep -o 'slp_[A-Za-z0-9_-]*')
"$binary" serve --data "$work/data" --listen 127.0.0.1:0 >"$work/out" 2>"$work/log" &
server=$!
tries=0
until url=$(grep -o 'http://[0-9.:]*' "$work/out") && curl -fsS "$url/readyz" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 240 ]; then
        echo "the server does not start:" && cat "$work/out" "$work/log" && exit 1
    fi
    sleep 0.25
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
"path.key" = ["hv-1", "A1", "mail-1"]
"query.to" = ["A1", "hv-1"]
"path.number" = "REL-000001"
TOML
: >"$work/none.toml"
# Resumable uploads have a media type of their own, which schemathesis is told to send as plain bytes.
cat >"$work/uploads.py" <<'PY'
import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
PY
export SCHEMATHESIS_HOOKS="$work/uploads.py"

status=0
check() {
    name=$1
    config=$2
    shift 2
    "$venv/bin/schemathesis" --config-file "$work/$config.toml" run "$url/api/v1/openapi.json" \
        --header "Authorization: Bearer $token" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
        --report junit --report-junit-path "$reports/$name.xml" \
        --max-examples "$examples" --seed 1 --generation-database none --continue-on-failure "$@" || status=$?
}
# The event stream never ends, so it is left out. Revoking comes last and by itself: aimed at what the list of
# tokens answers, it would revoke the one that all this is asked with. The phase `coverage` takes no examples
# from anywhere, so once is enough.
mkdir -p "$reports"
check found found --exclude-path /sync/v1/events --exclude-path '/api/v1/tokens/{id}'
check generated none --exclude-path /sync/v1/events --exclude-path '/api/v1/tokens/{id}' \
    --phases examples,fuzzing,stateful
check tokens none --include-path '/api/v1/tokens/{id}' --phases examples,coverage,fuzzing
if grep -E 'panic|request failed' "$work/log"; then
    echo "the server's log tells of failures" && status=1
fi
exit "$status"
