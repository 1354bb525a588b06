#!/usr/bin/env bash
# make fuzz: each fuzz target for SECONDS_EACH seconds with libFuzzer and the sanitizers, beginning with its corpus.  What
# is found is kept in BUILD/fuzz; a finding worth keeping belongs into spec-tests/fuzz/corpus, which `make test` replays.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
make=${MAKE:-make}
clang=${CLANG:-clang}
seconds=${SECONDS_EACH:-30}
command -v "$clang" >/dev/null || { echo "make fuzz needs clang with libFuzzer"; exit 2; }
# The library once, for all of them.
sanitize='-O1 -g -DVM_DEBUG=1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
objects=$build/fuzz/objects
$make --no-print-directory -s BUILD="$objects" CC="$clang" CFLAGS="$sanitize -fsanitize=fuzzer-no-link" library || exit 2
passed=0 failed=0
for target in decode text execute lower; do
    folder=$build/fuzz/$target
    mkdir -p "$folder/found"
    # shellcheck disable=SC2086
    "$clang" -std=c17 -D_POSIX_C_SOURCE=200809L -I. $sanitize -fsanitize=fuzzer -o "$folder/run" \
        "spec-tests/fuzz/${target}_fuzz.c" "$objects/libdelavm.a" -lsodium || exit 2
    start=$SECONDS
    if "$folder/run" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$folder/" "$folder/found" "spec-tests/fuzz/corpus/$target" >"$folder/log" 2>&1; then
        passed=$((passed + 1))
        echo "$target: $(grep -o 'number_of_executed_units: [0-9]*' "$folder/log" | grep -o '[0-9]*$') inputs in $((SECONDS - start)) s, nothing found"
    else
        failed=$((failed + 1))
        grep -E 'not true|ERROR|runtime error|SUMMARY|Test unit written' "$folder/log"
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
