#!/usr/bin/env bash
# Programs of clang and wasi-libc over HTTP, against two servers at once: each answer must be as server/tests/cases/calls.txt
# says, and the same from both to the last byte, receipts included; and again from a third that began later.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
build=${BUILD:-build} passed=0 failed=0 servers=()
stream=$build/wasi/float/stream.wasm
work=$(mktemp -d) || exit 2
trap 'for s in "${servers[@]}"; do kill "$s" 2>/dev/null; wait "$s" 2>/dev/null; done; rm -rf "$work"' EXIT

if [ ! -f "$build/wasi/echo.wasm" ]; then
    echo "wasi-libc is not installed: its programs were not built, nothing tested"
    echo "0 passed, 0 failed"
    exit 0
fi

check() { # what, have, want (a pattern)
    # shellcheck disable=SC2053
    if [[ $2 == $3 ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s:\n  have %s\n  want %s\n' "$1" "$2" "$3"
    fi
}

start() { # number
    "$build/delavm-server" --quiet --listen 127.0.0.1:0 --unix "$work/$1" --store "$work/store$1" 2>"$work/log$1" &
    servers+=($!)
    local file name
    for _ in $(seq 100); do
        [ -S "$work/$1" ] && "$build/delavm" request GET /healthz -s "unix:$work/$1" >/dev/null 2>&1 && break
        sleep 0.1
    done
    for file in "$build"/wasi/*.wasm; do
        name=$(basename "$file" .wasm)
        "$build/delavm" deploy "$file" "wasi/$name" -s "unix:$work/$1" >"$work/deploy" 2>&1 || { cat "$work/deploy"; failed=$((failed + 1)); }
    done
    "$build/delavm" deploy "$build/wasi/library.wasm" wasi/greet -s "unix:$work/$1" >/dev/null
    [ -f "$stream" ] && "$build/delavm" deploy --policy lower "$stream" wasi/stream -s "unix:$work/$1" >/dev/null
}

ask() { # server, path, request
    printf '%s' "$3" >"$work/request"
    "$build/delavm" request POST "$2" "@$work/request" -s "unix:$work/$1" 2>/dev/null
}

pattern() { # everything but * stands for itself
    local text=$1
    text=${text//\\/\\\\}
    text=${text//[/\\[}
    printf '%s' "${text//\?/\\?}"
}

start 1
start 2
: >"$work/all"
number=0
while IFS='|' read -r path request answer; do
    case $path in '#'* | '') continue ;; esac
    [[ $request == *'"name":"stream"'* && ! -f $stream ]] && continue
    number=$((number + 1))
    one=$(ask 1 "$path" "$request")
    check "case $number: $request" "$one" "$(pattern "$answer")"
    check "case $number, the other server" "$(ask 2 "$path" "$request")" "$(pattern "$one" | sed 's/\*/\\*/g')"
    printf '%s|%s|%s\n' "$path" "$request" "$one" >>"$work/all"
done <server/tests/cases/calls.txt

sleep 1.1 # another second of the machine's clock, another process
start 3
while IFS='|' read -r path request answer; do
    check "later: $request" "$(ask 3 "$path" "$request")" "$(pattern "$answer" | sed 's/\*/\\*/g')"
done <"$work/all"

# What a module is, is shown where it is described.
for row in 'echo command "_start"' 'increaseCounter text "increaseCounter"' 'library reactor null'; do
    read -r name shape entry <<<"$row"
    hash=$("$build/delavm" request GET "/v1/contracts/wasi/$name" -s "unix:$work/1" | grep -o '[0-9a-f]\{64\}' | head -n 1)
    check "description of $name" "$("$build/delavm" request GET "/v1/modules/$hash" -s "unix:$work/1")" "*\"shape\":\"$shape\",\"default_entry\":$entry,*"
done
for server in 1 2 3; do
    kill -0 "${servers[$((server - 1))]}" 2>/dev/null || { failed=$((failed + 1)); echo "server $server is gone: $(cat "$work/log$server")"; }
done
[ $number -gt 20 ] || { failed=$((failed + 1)); echo "only $number cases were read"; }
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
