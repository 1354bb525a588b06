#!/usr/bin/env bash
# What Go's runtime makes of the world of a contract: exact answers, twice the same, in both engines.  Called by
# `make test-wasi-go` after the programs were built.
set -u
cd "$(dirname "$0")/../../../.." || exit 2
export LC_ALL=C
build=${BUILD:-build} passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

execute() { # module, request, arguments...
    printf '%s' "$2" >"$work/request"
    "$build/delavm" execute "$build/wasi/go/$1.wasm" --policy lower --profile compat --request "$work/request" "${@:3}" 2>&1
}

check() { # what, answer, wanted lines of it
    local line
    for line in "${@:3}"; do
        case $2 in
            *"$line"*) passed=$((passed + 1)) ;;
            *) failed=$((failed + 1)); printf '%s: has not %s\n%s\n' "$1" "$line" "$2" ;;
        esac
    done
}

request='{"input":"'$(printf '{"counter":41,"b":2,"a":"x"}' | base64 -w 0)'","arguments":{"counter":41},
 "context":{"transaction":"dHgtMQ==","nonce":"7","time":"1700000000000000001"}}'
answer=$(execute world "$request")
check "a program" "$answer" '"status":"accepted"' 'counter 41.5\n' 'keys a b counter\n' 'args counter=41\n' 'nonce 7\n' \
    'time 2023-11-14T22:13:20.000000001Z\n' 'sum 190\n' 'garbage 33555456\n' 'slept 20ms\n' \
    'file open /etc/passwd: Bad file number"' '"logs_text":["3 fields"]'
check "the same again" "$(execute world "$request")" "$answer"
check "in both engines" "$(execute world "$request" --check)" "$answer"
other=$(execute world "${request/dHgtMQ==/dHgtMg==}")
[ "$other" != "$answer" ] || { failed=$((failed + 1)); echo "another transaction has the same random bytes"; }
check "no JSON" "$(execute world '{"input":"eA=="}')" '"status":"rejected"' '"message_text":"exit status 3"' \
    '"logs_text":["the request is no JSON object: invalid character'
check "a library" "$(execute greet '{"arguments":{"Name":"bob"}}')" '"status":"accepted"' '"result_text":"hello, bob"'
check "a library's panic" "$(execute greet '{"input":"eA=="}')" '"status":"trapped"' '"code":"unreachable"' 'panic: invalid character'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
