#!/usr/bin/env bash
# make fuzz-engines: random programs, and modules that compilers made with some instructions changed, in both engines for
# FUZZ_SECONDS, from seeds never used before.  Where the engines differ the module is kept (differ-*.wasm, with its seed in
# the name), and smaller programs that differ too are looked for.  Ends with "N passed, N failed".
#
#   FUZZ_SECONDS=60 BUILD=build vm/fast/tests/fuzz.sh [MODULE.wasm...]
#
# Where binaryen is installed, its generator's programs (wasm-opt -ttf) are among the modules.
set -u
cd "$(dirname "$0")/../../.." || exit 2
build=${BUILD:-build}
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0
shopt -s nullglob
modules=("$@" bench/cases/*.wasm "$build"/contracts/*/*.wasm)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

run() { # program, arguments...: adds up; false if something failed
    local output count_passed=0 count_failed=1
    output=$("$@" 2>&1)
    read -r count_passed _ count_failed _ < <(tail -n 1 <<<"$output" | grep -E '^[0-9]+ passed, [0-9]+ failed$' || echo "0 passed, 1 failed")
    passed=$((passed + count_passed)) failed=$((failed + count_failed))
    [ "$count_failed" -eq 0 ] && return
    echo "$*"
    head -n 20 <<<"$output"
    return 1
}

generated() { # seed: a few modules of binaryen's generator
    local i
    command -v wasm-opt >/dev/null || return
    for i in 1 2 3 4; do
        head -c $((200 + (RANDOM % 3000))) /dev/urandom >"$work/input"
        wasm-opt -ttf "$work/input" -o "$work/$i.wasm" --mvp-features --enable-sign-ext --enable-bulk-memory \
            --enable-multivalue --enable-mutable-globals >/dev/null 2>&1 || rm -f "$work/$i.wasm"
    done
    printf '%s\n' "$work"/*.wasm
}

end=$((SECONDS + seconds))
seed=$((RANDOM * 32768 * 32768 + RANDOM * 32768 + RANDOM))
echo "engines: seeds from $seed on, ${#modules[@]} modules to change, for $seconds s"
while [ $SECONDS -lt $end ] && [ $failed -eq 0 ]; do
    if ! run "$build/vm/fast/tests/random_test" $seed 1500; then
        for depth in 1 2 3 4; do
            echo "looking for a smaller one, of depth $depth"
            run "$build/vm/fast/tests/random_test" $seed 20000 $depth || break
        done
    fi
    [ $SECONDS -lt $end ] && run "$build/vm/fast/tests/real_test" $seed 15 "${modules[@]}"
    mapfile -t more < <(generated)
    [ ${#more[@]} -gt 0 ] && ! run "$build/vm/fast/tests/real_test" $seed 10 "${more[@]}" && cp "${more[@]}" .
    seed=$((seed + 20000))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
