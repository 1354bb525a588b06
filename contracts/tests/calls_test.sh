#!/usr/bin/env bash
# Runs the tables contracts/calls/NAME.json over HTTP against every contract of that name, in every language that was
# built; contracts/README.md says what they mean.
#
#   LANGUAGES="rust wat"    only these, and each must be there
#   PROFILE=compat          those in BUILD/compat, in a server with that profile
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
build=${BUILD:-build} profile=${PROFILE:-strict} passed=0 failed=0
contracts=$build/contracts
[ "$profile" = strict ] || contracts=$build/$profile
work=$(mktemp -d) || exit 2
"$build/delavm-server" --quiet --listen 127.0.0.1:0 --unix "$work/socket" --store "$work/store" \
    --profile "$profile" --contracts "$contracts" 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -S "$work/socket" ] && "$build/delavm" request GET /healthz -s "unix:$work/socket" >/dev/null 2>&1 && break
    sleep 0.1
done

fail() {
    failed=$((failed + 1))
    echo "$1"
}

languages=${LANGUAGES:-$(cd "$contracts" && printf '%s\n' */*.wasm | cut -d/ -f1 | uniq)}
for language in $languages; do
    for wasm in "$contracts/$language"/*.wasm; do
        name=$(basename "$wasm" .wasm)
        base=${name%_std} base=${base%_command}
        table=contracts/calls/${base%_compiled}.json
        [ -f "$wasm" ] || { fail "$language: no contract of this language was built"; continue; }
        [ -f "$table" ] || { fail "$language/$name: there is no $table"; continue; }
        "$build/delavm" test "$language/$name" "$table" -s "unix:$work/socket" >"$work/output" 2>&1
        read -r more_passed _ more_failed _ < <(tail -n 1 "$work/output")
        if [[ $(tail -n 1 "$work/output") =~ ^[0-9]+\ passed,\ [0-9]+\ failed$ ]]; then
            passed=$((passed + more_passed)) failed=$((failed + more_failed))
            [ "$more_failed" -eq 0 ] || sed "s#^#$language/$name: #" "$work/output"
        else
            fail "$language/$name: $(cat "$work/output")"
        fi
        kill -0 "$server" 2>/dev/null || { fail "$language/$name: the server is gone: $(cat "$work/log")"; break 2; }
    done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
