#!/usr/bin/env bash
# Builds the program for wasm32-wasip1 and says what Rust's standard library makes of the world of a contract.  Called by
# `make test-wasi-rust`.  A rustc with that target is taken first (`rustup target add wasm32-wasip1`, or Debian's
# libstd-rust-dev-wasm32 from release 13 on); else Debian 12's rustc-web, cargo-web and rust-web-src, which build the
# standard library from its source over the C library of wasi-libc: that takes minutes, so it is only done with SLOW=1.
set -u
cd "$(dirname "$0")/../../../.." || exit 2
export LC_ALL=C
build=$(realpath "${BUILD:-build}") passed=0 failed=0 here=server/tests/cases/rust
out=$build/wasi/rust
mkdir -p "$out" || exit 2

skip() {
    echo "$1: skipped"
    echo "0 passed, 0 failed"
    exit 0
}

compile() {
    local rustc cargo root linker
    for rustc in "$(command -v rustc)" /usr/bin/rustc; do
        [ -x "$rustc" ] && cargo=$(dirname "$rustc")/cargo && [ -x "$cargo" ] || continue
        root=$("$rustc" --print sysroot)/lib/rustlib
        [ -d "$root/wasm32-wasip1/lib" ] || continue
        RUSTC=$rustc "$cargo" build -q --release --target wasm32-wasip1 --target-dir "$out" --manifest-path $here/Cargo.toml
        return
    done
    rustc=/usr/bin/rustc cargo=/usr/bin/cargo
    [ -x $rustc ] && [ -x $cargo ] && [ -d "$($rustc --print sysroot)/lib/rustlib/src/rust/library/std" ] && [ -f /usr/lib/wasm32-wasi/libc.a ] ||
        skip "no Rust with the target wasm32-wasip1 (rustup target add wasm32-wasip1; Debian: rustc cargo libstd-rust-dev-wasm32)"
    [ -n "${SLOW:-}" ] || skip "Rust's standard library would have to be built from its source; SLOW=1 does it"
    linker=$(compgen -c wasm-ld | sort -V | tail -n 1)
    RUSTC=$rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_WASIP1_LINKER=$(command -v "$linker") \
        CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-Clinker-flavor=wasm-ld -Clink-self-contained=no -L/usr/lib/wasm32-wasi -Clink-arg=/usr/lib/wasm32-wasi/crt1-command.o" \
        $cargo build -q --release -Zbuild-std=std,panic_abort --target wasm32-wasip1 --target-dir "$out" --manifest-path $here/Cargo.toml
}
compile || { echo "0 passed, 1 failed"; exit 1; }

execute() { # input, options...
    printf '{"input":"%s","arguments":{"a":"1"},"context":{"transaction":"dHgtMQ==","nonce":"7","time":"1700000000000000001"}}' \
        "$(printf '%s' "$1" | base64 -w 0)" >"$out/request"
    "$build/delavm" execute "$out/wasm32-wasip1/release/world.wasm" --policy lower --profile compat --request "$out/request" "${@:2}" 2>&1
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
    'time Ok(1700000000.005000001s)\n' 'file Err(Some(76))\n' 'float 0.30000000000000004\n"' '"logs_text":["3 words"]'
check "the same again, in both engines" "$(execute 'one two three' --check)" "$answer"
check "exit status 7" "$(execute 'fail')" '"status":"rejected"' 'keys fail\n'
check "a panic" "$(execute 'panic')" '"status":"trapped"' '"code":"unreachable"' 'as asked"'
rm -f "$out/request"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
