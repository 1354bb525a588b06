#!/usr/bin/env bash
# The assembler in Forth: the article's examples on the article's processors, bytes and messages of the wasm layer, whole
# modules against `delavm asm`, and errors with their places.
set -u
cd "$(dirname "$0")/../../.." || exit 2
build=${BUILD:-build}
sdk=$build/sdk/forth
tests=contracts/forth/tests
if ! command -v gforth >/dev/null; then
    echo "skipped: gforth is not installed; on Debian: apt-get install gforth"
    echo "0 passed, 0 failed"
    exit 0
fi
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

check() { # what it shows, command...
    if "${@:2}" >"$folder/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1:"
        cat "$folder/said"
    fi
}
count() { # command...: its cases count
    local line
    timeout 60 "$@" >"$folder/said" 2>&1 </dev/null
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$folder/said" | tail -n 1)
    if [ -z "$line" ]; then
        failed=$((failed + 1))
    else
        passed=$((passed + ${line%% *}))
        line=${line#*, }
        failed=$((failed + ${line%% *}))
    fi
    [ "${line%% *}" = 0 ] || cat "$folder/said"
}
assemble() { # FILE.fs OUT words...
    OUTPUT=$2 timeout 60 gforth "$sdk/assembler.fs" "$1" -e "${*:3} s\" OUTPUT\" getenv save-module bye" </dev/null
}

count gforth "$tests/article_test.fs"
count gforth "$sdk/assembler.fs" "$tests/wasm_test.fs"

# Every instruction of vm/opcodes.def.
check "every instruction is assembled" assemble "$tests/opcodes.fs" "$folder/all.wasm"
check "every instruction as delavm asm sees it" "$build/delavm" asm "$folder/all.wasm.wat" -o "$folder/text.wasm" --no-names
check "every instruction: the same bytes" cmp "$folder/all.wasm" "$folder/text.wasm"
check "every instruction comes apart" "$build/delavm" disasm "$folder/all.wasm" -o "$folder/all.wat"
check "and together" "$build/delavm" asm "$folder/all.wat" -o "$folder/again.wasm"
check "every instruction: again the same bytes" cmp "$folder/all.wasm" "$folder/again.wasm"
rows=$(grep -cE '^OP(_F[BCDE])?\(' vm/opcodes.def)
check "no instruction is left out: $rows" grep -q "^$rows instructions$" <(assemble "$tests/opcodes.fs" "$folder/all.wasm")

# A module with one of everything.
check "a module of everything" assemble "$tests/module.fs" "$folder/module.wasm" no-names
check "as delavm asm sees it" "$build/delavm" asm "$tests/module.wat" -o "$folder/text.wasm" --no-names
check "a module of everything: the same bytes" cmp "$folder/module.wasm" "$folder/text.wasm"
check "with names" assemble "$tests/module.fs" "$folder/module.wasm"
check "with names: valid" "$build/delavm" validate "$folder/module.wasm"
"$build/delavm" disasm "$folder/module.wasm" -o "$folder/module.wat"
for name in 'func $even? ' 'param $which i32' 'local $unused i64' 'global $heap ' 'call $tick'; do
    check "the name section has: $name" grep -qF "$name" "$folder/module.wat"
done
assemble "$tests/module.fs" "$folder/twice.wasm" && check "the same bytes every time" cmp "$folder/module.wasm" "$folder/twice.wasm"

# An error says where, and nothing is written.
cat >"$folder/wrong.fs" <<'WRONG'
code call
    begin,
        nop,
        nz if,
            nop,
    nz until,
end-code
WRONG
"$sdk/assemble" "$folder/wrong.fs" "$folder/wrong.wasm" >"$folder/error" 2>&1
status=$?
check "an error ends with 1" [ $status -eq 1 ]
check "an error says file, line, word and the line of what is open" \
    grep -qF "$folder/wrong.fs:6: until, belongs to begin,: if, of line 4 is open here" "$folder/error"
check "nothing is written after an error" [ ! -e "$folder/wrong.wasm" ]
check "a wrong call of assemble" [ "$("$sdk/assemble" 2>&1)" = "usage: assemble FILE.fs OUT.wasm" ]
"$sdk/assemble" "$folder/wrong.fs" >/dev/null 2>&1
check "and its status" [ $? -eq 2 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
