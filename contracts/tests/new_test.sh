#!/usr/bin/env bash
# delavm new: each language's project builds and passes its own test; what is not to be done is not done.
#
#   NEW="rust go"    these languages instead of those that need Debian's packages only
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # what is made here is no part of the make that runs this
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${BUILD:-build}") passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

check() { # what, condition's status, output
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); printf '%s:\n%s\n' "$1" "$3"; fi
}

languages=${NEW:-c wat $([ -f "$build/contracts/cpp/counter.wasm" ] && echo cpp) $(command -v gforth >/dev/null && echo forth)}
cd "$work" || exit 2
for language in $languages; do
    output=$("$build/delavm" new "$language" greeter-"$language" 2>&1)
    check "new $language" $? "$output"
    output=$(make -C greeter-"$language" DELAVM="$build/delavm" TARGET_DIR="$build/rust/target" test 2>&1 </dev/null)
    [[ $output == *"5 passed, 0 failed"* ]]
    check "make test in $language" $? "$output"
    output=$(grep -rlE '@(NAME|LANGUAGE|DELAVM)@' greeter-"$language" --include='*' --exclude-dir=node_modules --exclude-dir=build)
    [ -z "$output" ]
    check "nothing is left to fill in in $language" $? "$output"
done
[ -n "${NEW:-}" ] || {
    while IFS='|' read -r words status want; do
        output=$("$build/delavm" new $words 2>&1)
        got=$?
        [ $got -eq "$status" ] && [[ $output == *"$want"* ]]
        check "new $words" $? "$got: $output"
    done <<'ROWS'
|0|assemblyscript   node 20
c greeter-c|2|greeter-c is there already
c|2|name the contract
c 1st|2|name the contract
c ../x|2|name the contract
c a/b|2|name the contract
cobol x|2|there is no template for `cobol`
assembyscript x|2|Did you mean `assemblyscript`?
ROWS
    [ "$(ls)" = "$(printf 'greeter-%s\n' $languages | sort)" ]
    check "nothing else was made" $? "$(ls)"
}
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
