#!/usr/bin/env bash
# Runs the tables contracts/c/*/calls.json over HTTP against a server of its own; contracts/README.md says what they mean.
# The server keeps the order of members, so answers are compared as text, blanks outside strings taken away.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
build=${BUILD:-build} passed=0 failed=0
work=$(mktemp -d) || exit 2
"$build/delavm-server" --quiet --listen 127.0.0.1:0 --unix "$work/socket" --store "$work/store" \
    --contracts "$build/contracts" 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -S "$work/socket" ] && "$build/delavm" request GET /healthz -s "unix:$work/socket" >/dev/null 2>&1 && break
    sleep 0.1
done

# Takes the blanks outside strings away.
squeeze() {
    awk '{
        out = ""; inside = 0; count = length($0)
        for (i = 1; i <= count; i++) {
            c = substr($0, i, 1)
            if (inside && c == "\\") { out = out c substr($0, ++i, 1); continue }
            if (c == "\"") inside = !inside
            if (inside || c !~ /[ \t]/) out = out c
        }
        print out
    }'
}

# The members of an object without blanks, one on each line.
members() {
    awk '{
        inside = depth = 0; out = ""; count = length($0)
        for (i = 2; i < count; i++) {
            c = substr($0, i, 1)
            if (inside && c == "\\") { out = out c substr($0, ++i, 1); continue }
            if (c == "\"") inside = !inside
            if (!inside && c ~ /[[{]/) depth++
            if (!inside && c ~ /[]}]/) depth--
            if (!inside && depth == 0 && c == ",") { print out; out = ""; continue }
            out = out c
        }
        if (out != "") print out
    }'
}

fail() { # table, case, what was wrong
    failed=$((failed + 1))
    printf '%s: %s: %s\n' "$1" "$2" "$3"
}

run_case() { # table name path request response
    local answer want missing
    printf '%s' "$4" >"$work/request.json"
    answer=$("$build/delavm" request POST "$3" "@$work/request.json" -s "unix:$work/socket" 2>&1 | squeeze)
    want=$(squeeze <<<"$5")
    if [ "$3" = / ]; then
        [ "$answer" = "$want" ] || { fail "$1" "$2" "the answer is $answer, should be $want"; return; }
    else
        members <<<"$answer" >"$work/answer"
        missing=$(members <<<"$want" | grep -vxFf "$work/answer")
        [ -z "$missing" ] || { fail "$1" "$2" "the answer has not $missing: $answer"; return; }
    fi
    passed=$((passed + 1))
}

for table in contracts/c/*/calls.json; do
    cases=0 name='' path='' request=''
    while IFS= read -r line; do
        case $line in
            '  {"name": '*) name=${line#'  {"name": '} name=${name%,} ;;
            '   "path": '*) path=${line#'   "path": "'} path=${path%'",'} ;;
            '   "request": '*) request=${line#'   "request": '} request=${request%,} ;;
            '   "response": '*)
                response=${line#'   "response": '} response=${response%,} response=${response%\}}
                run_case "$table" "$name" "$path" "$request" "$response"
                cases=$((cases + 1))
                ;;
            '[' | ']' | '') ;;
            *) fail "$table" "$name" "this line is not of a case: $line" ;;
        esac
    done <"$table"
    [ "$cases" -gt 0 ] || fail "$table" "" "there is no case in it"
    kill -0 "$server" 2>/dev/null || fail "$table" "" "the server is gone: $(cat "$work/log")"
done
for wasm in "$build"/contracts/c/*.wasm; do
    name=$(basename "$wasm" .wasm)
    [ -f "contracts/c/$name/calls.json" ] || fail "contracts/c/$name" "" "has no calls.json"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
