#!/usr/bin/env bash
# Every module at hand, taken apart by `delavm disasm` and put together by `delavm asm`, is the same bytes: the contracts
# as the compiler at hand wrote them, and the kernels of the bench.  (The official suite's make the trip in `make spec`.)
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0
while IFS= read -r module; do
    if "$build/delavm" disasm "$module" >"$folder/text.wat" &&
        "$build/delavm" asm "$folder/text.wat" -o "$folder/again.wasm" && cmp "$module" "$folder/again.wasm"; then
        passed=$((passed + 1))
    else
        echo "$module does not come back as it was"
        failed=$((failed + 1))
    fi
done < <(find "$build/contracts" "$build/refused" bench/cases -name '*.wasm' | sort)
if [ "$passed" -eq 0 ]; then
    echo "there is no module to try"
    failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
