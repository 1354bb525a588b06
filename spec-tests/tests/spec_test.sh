#!/usr/bin/env bash
# Our own scripts under every edition and policy that they are written for, what the runner must notice, and (in the
# sanitized build, which `make spec` does not use) the official suite where it is present.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
spec=$build/delavm-spec
[ -x "$spec" ] || { echo "delavm-spec is not built here"; echo "0 passed, 0 failed"; exit 0; }
passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

check() { # what, wanted status, wanted last line, arguments...
    local what=$1 want=$2 line=$3 have
    shift 3
    "$spec" "$@" >"$work/out" 2>&1
    have=$?
    if [ $have -eq "$want" ] && { [ -z "$line" ] || [ "$(tail -n 1 "$work/out")" = "$line" ]; }; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: status $have, should be $want; last line should be \"$line\":"
        tail -n 5 "$work/out"
    fi
}

check "our own scripts" 0 "" --features 3.0 --fuel-checks --round-trip --expected spec-tests/expected/cases.txt spec-tests/cases

cat >"$work/all.wast" <<'EOF'
(module (memory 1) (global (export "g") (mut i64) (i64.const 3))
  (func (export "f") (param i32) (result i32) (i32.const 7))
  (func (export "t") (unreachable)))
(assert_return (invoke "f" (i32.const 0)) (i32.const 7))
(assert_return (get "g") (i64.const 3))
EOF
check "all is well" 0 "3 passed, 0 failed" "$work/all.wast"

# Each of these must be noticed, alone.
while IFS= read -r row; do
    { cat "$work/all.wast"; printf '%s\n' "$row"; } >"$work/bad.wast"
    check "$row" 1 "3 passed, 1 failed" "$work/bad.wast"
done <<'EOF'
(assert_return (invoke "f" (i32.const 0)) (i32.const 8))
(assert_return (invoke "f" (i32.const 0)))
(assert_return (invoke "f" (i32.const 0)) (i64.const 7))
(assert_return (invoke "f" (i32.const 0)) (i32.const 7) (i32.const 7))
(assert_return (invoke "f") (i32.const 7))
(assert_return (invoke "f" (i64.const 0)) (i32.const 7))
(assert_return (invoke "h") (i32.const 7))
(assert_return (invoke $m "f" (i32.const 0)) (i32.const 7))
(assert_return (get "g") (i64.const 4))
(assert_return (get "f") (i64.const 3))
(assert_return (invoke "t"))
(invoke "t")
(assert_trap (invoke "f" (i32.const 0)) "unreachable")
(assert_trap (invoke "t") "integer overflow")
(assert_exhaustion (invoke "t") "unreachable")
(assert_exhaustion (invoke "t") "call stack exhausted")
(assert_invalid (module (func)) "type mismatch")
(assert_invalid (module (func (result i32))) "unknown function")
(assert_malformed (module binary "\00asm\01\00\00\00\01\04\01\60\00\00\03\02\01\00\0a\05\01\03\00\1a\0b") "type mismatch")
(assert_invalid (module binary "\00asm\01\00\00\00\ff") "malformed section id")
(assert_malformed (module quote "(func)") "unexpected token")
(assert_malformed (module quote "(func") "unknown operator")
(assert_unlinkable (module (func)) "unknown import")
(assert_unlinkable (module (import "spectest" "nothing" (func))) "incompatible import type")
(assert_unlinkable (module (func (result i32))) "type mismatch")
(assert_trap (module (func)) "unreachable")
(assert_trap (module (memory 1) (data (i32.const 65536) "x")) "out of bounds table access")
(module (func (result i32)))
(module (import "nowhere" "f" (func)))
(module (func unreachable) (start 0))
(register "x" $nothing)
EOF

# A script that is broken, and a list that says otherwise.
printf '(module) (assert_return (invoke' >"$work/broken.wast"
check "a broken script" 1 "" "$work/broken.wast"
"$spec" --write-expected "$work/list" "$work/all.wast" >/dev/null
check "as listed" 0 "3 passed, 0 failed" --expected "$work/list" "$work/all.wast"
sed 's/ 3P/ 2P 1R/' "$work/list" >"$work/other"
check "a verdict is not as listed" 1 "3 passed, 1 failed" --expected "$work/other" "$work/all.wast"
sed 's/ 3P/ 4P/' "$work/list" >"$work/other"
check "a command is missing" 1 "3 passed, 1 failed" --expected "$work/other" "$work/all.wast"
sed 's/ [0-9a-f]\{8\}/ 00000000/' "$work/list" >"$work/other"
check "a digest is not as listed" 1 "3 passed, 1 failed" --expected "$work/other" "$work/all.wast"
sed 's/ [0-9a-f]\{64\}/ -/' "$work/list" >"$work/other"
check "any digest will do" 0 "3 passed, 0 failed" --expected "$work/other" "$work/all.wast"
check "a file is not in the list" 1 "3 passed, 1 failed" --expected /dev/null "$work/all.wast"
"$spec" "$work/all.wast" >/dev/full 2>&1
if [ $? -eq 2 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "output that goes nowhere is a success"; fi
check "no files" 2 ""
check "no such file" 2 "" "$work/none.wast"
check "no such option" 2 "" --none "$work/all.wast"
check "no such edition" 2 "" --features 4.0 "$work/all.wast"
check "json" 0 "3 passed, 0 failed" --json "$work/all.wast"

case $build in
*asan*)
    for top in ${SPEC_SUITE:+"$SPEC_SUITE"} ../shared; do
        [ -d "$top/wasm-testsuite-2.0" ] || continue
        check "the 2.0 suite, strict" 0 "" --features 2.0 --expected spec-tests/expected/strict-2.0.txt "$top/wasm-testsuite-2.0"
        check "the 2.0 suite, lazy" 0 "" --features 2.0 --policy lazy --expected spec-tests/expected/lazy-2.0.txt "$top/wasm-testsuite-2.0"
        break
    done
    ;;
esac
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
