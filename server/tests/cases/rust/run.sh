#!/usr/bin/env bash
# Builds the program for WASI and says what Rust's standard library makes of the world of a contract.  Called by
# `make test-wasi-rust`.  contracts/rust/dela/cargo picks the toolchain; where the standard library would have to be
# compiled from its source, which takes minutes, that is only done with SLOW=1.
set -u
cd "$(dirname "$0")/../../../.." || exit 2
export LC_ALL=C
build=$(realpath "${BUILD:-build}") passed=0 failed=0 here=server/tests/cases/rust cargo=contracts/rust/dela/cargo
out=$build/wasi/rust
mkdir -p "$out" || exit 2

skip() {
    echo "$1: skipped"
    echo "0 passed, 0 failed"
    exit 0
}

which=$($cargo --program --which) || skip "$which"
[[ $which == *source ]] && [ -z "${SLOW:-}" ] && skip "Rust's standard library would have to be compiled; SLOW=1 does it"
$cargo --program build -q --release --locked --target-dir "$out" --manifest-path $here/Cargo.toml ||
    { echo "0 passed, 1 failed"; exit 1; }
world=$out/$($cargo --program --target)/release/world.wasm

execute() { # input, options...
    printf '{"input":"%s","arguments":{"a":"1"},"context":{"transaction":"dHgtMQ==","nonce":"7","time":"1700000000000000001"}}' \
        "$(printf '%s' "$1" | base64 -w 0)" >"$out/request"
    "$build/delavm" execute "$world" --policy lower --profile compat --request "$out/request" "${@:2}" 2>&1
}

check() { # what, answer, wanted pieces of it
    local piece
    for piece in "${@:3}"; do
        case $2 in
            *"$piece"*) passed=$((passed + 1)) ;;
            *) failed=$((failed + 1)); printf '%s: has not %s\n%s\n' "$1" "$piece" "$2" ;;
        esac
    done
}

answer=$(execute 'one two three')
check "a program" "$answer" '"status":"accepted"' '"result_text":"keys one three two\n' 'args [\"a=1\"]\n' 'nonce Ok(\"7\")\n' 'slept 5ms\n' \
    'time Ok(1700000000.005000001s)\n' 'file Err(76)\n' 'float 0.30000000000000004\n"' '"logs_text":["3 words"]'
check "the same again, in both engines" "$(execute 'one two three' --check)" "$answer"
check "exit status 7" "$(execute 'fail')" '"status":"rejected"' 'keys fail\n'
check "a panic" "$(execute 'panic')" '"status":"trapped"' '"code":"unreachable"' 'as asked'
rm -f "$out/request"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
