#!/usr/bin/env bash
# A lowered module does on other engines what the module with floats does there: V8 (node) runs both, and wabt's
# interpreter the lowered one.  engines.wat and alone.wat bring the functions.
set -u
cd "$(dirname "$0")/../../.." || exit 2
build=${BUILD:-build}
delavm=$build/delavm
passed=0 failed=0
check() { # words, status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "engines_test.sh: $1"; fi
}
skip() { echo "engines_test.sh: skipped, $1"; exit 0; }
[ -x "$delavm" ] || { echo "$delavm is not built"; echo "0 passed, 1 failed"; exit 1; }
[ -s "$build/loader/lower/routines.wasm" ] || skip "this build has no routines to lower floats to (clang is not installed)"

folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
for name in engines alone; do
    "$delavm" asm "loader/lower/tests/$name.wat" -o "$folder/$name.wasm" &&
        "$delavm" lower "$folder/$name.wasm" -o "$folder/$name.lowered.wasm" >"$folder/said"
    check "$name.wat is not lowered" $?
    "$delavm" validate --profile strict "$folder/$name.lowered.wasm" >/dev/null
    check "what $name.wat is lowered to is not valid here" $?
done

if command -v node >/dev/null; then
    node loader/lower/tests/engines.js "$folder"/{engines,engines.lowered,alone,alone.lowered}.wasm
    check "V8 makes a difference" $?
else
    echo "engines_test.sh: node is not installed (apt-get install nodejs): V8 was not asked"
fi
if command -v wasm-interp >/dev/null; then
    wasm-validate --disable-simd "$folder/engines.lowered.wasm" && wasm-validate --disable-simd "$folder/alone.lowered.wasm"
    check "wabt refuses it" $?
    wasm-interp "$folder/alone.lowered.wasm" --run-all-exports >"$folder/wabt" 2>&1
    sed -nE 's/^(run_[a-z]*)\(\) => (error: .*|.*)$/\1=\2/p' "$folder/wabt" | sed 's/=error.*/=error/' >"$folder/there"
    while IFS='=' read -r name _; do
        # Types are restored here, bits are printed in any case.
        value=$("$delavm" run "$folder/alone.lowered.wasm" -i "$name" --json 2>/dev/null |
            sed -nE 's/.*"type":"[fi]([36][24])","value":"?([0-9]*).*/i\1:\2/p')
        echo "$name=${value:-error}"
    done <"$folder/there" >"$folder/here"
    [ "$(wc -l <"$folder/there")" -ge 10 ] && diff "$folder/there" "$folder/here"
    check "wabt makes a difference" $?
else
    echo "engines_test.sh: wasm-interp is not installed (apt-get install wabt): wabt was not asked"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
