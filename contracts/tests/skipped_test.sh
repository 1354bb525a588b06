#!/usr/bin/env bash
# make contracts says what it leaves out, and how to get it: on a machine that has none of the languages' tools.  Rust's
# are looked for in /usr/bin too, whatever PATH says, so that here is nothing about them.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
find /usr/bin /bin -maxdepth 1 ! -type d ! -name 'clang*' ! -name 'wasm-ld*' ! -name 'gforth*' ! -name 'np[mx]' ! -name go |
    xargs ln -st "$work" 2>/dev/null # those of /bin again, where it is a link

said=$(PATH=$work make -n BUILD="$work/build" contracts 2>&1 | grep '^printf .skipped')
while IFS='|' read -r language package; do
    if grep -qE "\"$language: [^\"]*$package" <<<"$said"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "make contracts without $language's tools does not say: $package"
        echo "$said"
    fi
done <<'ROWS'
c|clang-19 lld-19
cpp|wasi-libc
forth|gforth
assemblyscript|npm
go|golang-go
ROWS
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
