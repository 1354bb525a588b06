#!/usr/bin/env bash
# A short run of make charts-languages: every contract that was built has its rows, V8 answers what delavm answers, and the
# pictures and the page are whole.  Part of make test-languages.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build} passed=0 failed=0
if ! command -v node >/dev/null; then
    echo "note: node is not installed, and the charts of all languages are not tested"
    echo "0 passed, 0 failed"
    exit 0
fi
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
check() { # what, command...
    if "${@:2}" >"$out/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1:"
        cat "$out/said"
    fi
}
# shellcheck disable=SC2016
check "the measurements" bash -c '"$0/charts/measure" "$0" 0 10 >"$1/delavm.csv"' "$build" "$out"
# shellcheck disable=SC2016
check "V8's" bash -c 'node contracts/charts/v8.mjs "$0" 0 <"$0/delavm.csv"' "$out"
number='[0-9]+(\.[0-9]+)?'
for file in "$build"/contracts/*/*.wasm "$build"/compat/*/*.wasm; do
    name=$(basename "$file" .wasm) language=$(basename "$(dirname "$file")") curve='' rows=2 v8=",$number,$number"
    case $name in
        counter) ;;
        ed25519_compiled | ed25519_mul_compiled | ed25519_gen_mul_compiled) curve=compiled name=${name%_compiled} ;;
        ed25519 | ed25519_mul | ed25519_gen_mul) curve=host rows=1 v8=',,' ;;
        *) continue ;;
    esac
    check "$language/$name, $curve: $rows rows" test "$(grep -cE "^$language,$name,$curve,(1|10),[0-9]+,[0-9]+,$number,$number," "$out/languages.csv")" = $rows
    check "$language/$name, $curve: V8" grep -qE "^$language,$name,$curve,1,.*,$number$v8\$" "$out/languages.csv"
done
for picture in "$out"/*.svg; do
    check "$(basename "$picture")" bash -c "tail -n 1 '$picture' | grep -qx '</svg>' && ! grep -qE 'NaN|undefined|Infinity' '$picture'"
    check "the page shows $(basename "$picture")" grep -q "$(basename "$picture")" "$out/languages.html"
done
check "nine pictures" test "$(find "$out" -name '*.svg' | wc -l)" = 9
check "the page is whole" bash -c "! grep -qE 'NaN|undefined' '$out/languages.html'"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
