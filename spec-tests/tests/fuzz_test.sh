#!/usr/bin/env bash
# Replays the corpora of the fuzz targets: what was found once stays found.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
passed=0 failed=0
for target in decode text execute lower; do
    program=$build/spec-tests/fuzz/${target}_replay
    [ -x "$program" ] || { echo "$program is not built"; failed=$((failed + 1)); continue; }
    line=$("$program" spec-tests/fuzz/corpus/$target/* 2>&1)
    if [[ $(tail -n 1 <<<"$line") =~ ^([0-9]+)\ passed,\ 0\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
    else
        failed=$((failed + 1))
        echo "$target: $line"
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
