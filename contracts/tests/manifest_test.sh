#!/usr/bin/env bash
# The manifests of the counter and of value are the same in every language that was built.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
passed=0 failed=0

check() { # contract, manifest
    local file shown
    for file in "$build"/contracts/*/"$1.wasm" "$build"/compat/go/"$1.wasm"; do
        [ -f "$file" ] || continue
        shown=$("$build/delavm" pack "$file" | sort)
        if [ "$shown" = "$2" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            printf '%s: the manifest is\n%s\n' "$file" "$shown"
        fi
    done
}

check counter 'reads counter'
check value $'access {value:command}\nreads dela.Value:index\nreads {value:key}'
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
