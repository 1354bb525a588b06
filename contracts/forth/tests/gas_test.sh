#!/usr/bin/env bash
# Every instruction takes the fuel that vm/opcodes.def says, in both engines: measured, by functions that repeat it.
set -u
cd "$(dirname "$0")/../../.." || exit 2
export BUILD=${BUILD:-build}
if ! command -v gforth >/dev/null; then
    echo "skipped: gforth is not installed; on Debian: apt-get install gforth"
    echo "0 passed, 0 failed"
    exit 0
fi
passed=0 failed=0
for module in "$BUILD"/gas/instructions.wasm "$BUILD"/gas/proposals.wasm; do
    output=$(contracts/forth/gas/measure "$module" --fuel 2>&1)
    [[ $(tail -n 1 <<<"$output") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] ||
        { echo "$module: $output"; failed=$((failed + 1)); continue; }
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    [ "${BASH_REMATCH[2]}" = 0 ] || echo "$output"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
