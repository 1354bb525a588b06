#!/usr/bin/env bash
# make spec: the official WebAssembly test suite, 2.0 and 3.0, under all policies, and our own scripts; every verdict and
# digest is compared with the lists in spec-tests/expected.  Ends with "N passed, N failed".
#
#   BUILD=build spec-tests/run.sh [--write]      --write makes the lists anew instead
#
# SPEC_LISTS="cases strict-2.0" chooses some of the lists; SPEC_ENGINES=fast leaves the plain engine and --fold off out.
#
# The suites are not part of the tree.  They are looked for in SPEC_SUITE, else in ../shared: folders wasm-testsuite-2.0
# and wasm-testsuite.  If they are in neither, they are cloned from upstream at pinned commits into BUILD, unless
# SPEC_CLONE=no.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
spec=$build/delavm-spec
write=no
[ "${1:-}" = --write ] && write=yes
[ -x "$spec" ] || { echo "$spec is missing: run make first"; exit 2; }

# name, repository, commit, folder in it
upstream_2='https://github.com/WebAssembly/spec fffc6e12fa454e475455a7b58d3b5dc343980c10 test/core'
upstream_3='https://github.com/WebAssembly/testsuite 193e551ff22663995b1ac95dc62344133669e14b .'

clone() { # folder, repository, commit: the files of that commit
    [ -d "$1/.git" ] && git -C "$1" cat-file -e "$3^{commit}" 2>/dev/null && return 0
    rm -rf "$1"
    mkdir -p "$1"
    git -C "$1" init -q && git -C "$1" fetch -q --depth 1 "$2" "$3" 2>/dev/null && git -C "$1" checkout -q FETCH_HEAD
}

find_suite() { # name, upstream: prints its folder
    local top
    for top in ${SPEC_SUITE:+"$SPEC_SUITE"} ../shared; do
        [ -d "$top/$1" ] && { echo "$top/$1"; return 0; }
    done
    [ "${SPEC_CLONE:-yes}" = no ] && return 1
    local repository commit folder
    read -r repository commit folder <<<"$2"
    echo "$1: not in ${SPEC_SUITE:-../shared}; cloning $repository at $commit" >&2
    clone "$build/$1" "$repository" "$commit" || { rm -rf "${build:?}/$1"; return 1; }
    echo "$build/$1/$folder"
}

passed=0 failed=0
run() { # list, folder, options...: runs one suite and adds up
    local list=spec-tests/expected/$1.txt folder=$2 output line
    case " ${SPEC_LISTS:-$1} " in *" $1 "*) ;; *) return ;; esac
    shift 2
    if [ $write = yes ]; then
        "$spec" "$@" --engine plain --write-expected "$list" "$folder" | tail -n 2
        return
    fi
    echo "delavm-spec $* $folder"
    output=$("$spec" "$@" --fuel-checks --round-trip --digest --expected "$list" "$folder" 2>&1)
    local status=$?
    digest=$(sed -n 's/^digest of all files: //p' <<<"$output")
    line=$(tail -n 1 <<<"$output")
    if [ $status -ne 0 ]; then
        grep -E '^  |^delavm-spec|^[0-9]+ files?,' <<<"$output" | head -n 60
    else
        grep -E '^digest of|^[0-9]+ files?,' <<<"$output"
    fi
    local count_passed count_failed
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        count_passed=${BASH_REMATCH[1]} count_failed=${BASH_REMATCH[2]}
    else
        echo "$line"
        count_passed=0 count_failed=1
    fi
    [ $status -ne 0 ] && [ "$count_failed" -eq 0 ] && count_failed=1
    passed=$((passed + count_passed)) failed=$((failed + count_failed))
}

# The lists are the plain engine's.  The fast one, which runs where none is named, must give each verdict and digest of
# them, also with one cell for each instruction.
run_engines() {
    run "$@"
    [ $write = yes ] || [ "${SPEC_ENGINES:-all}" = fast ] && return
    run "$@" --engine plain
    run "$@" --fold off
}

# Lowered floats: both engines must come to one digest, whatever the routines cost.
run_lowered() {
    [ -s "$build/loader/lower/routines.wasm" ] || { echo "no clang made routines for lowered floats: $1 was not run"; return; }
    local other
    run "$@"
    [ $write = yes ] && return
    other=$digest
    run "$@" --engine plain
    if [ "$digest" = "$other" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "the engines differ where floats are lowered: digests $other and $digest"
    fi
}

run_engines cases spec-tests/cases --features 3.0
if second=$(find_suite wasm-testsuite-2.0 "$upstream_2"); then
    echo "the 2.0 suite is in $second"
    run_engines strict-2.0 "$second" --features 2.0 --policy strict
    run lazy-2.0 "$second" --features 2.0 --policy lazy
    run_lowered lower-2.0 "$second" --features 2.0 --policy lower
else
    echo "the 2.0 suite is not here: its commands were not run"
fi
if third=$(find_suite wasm-testsuite "$upstream_3"); then
    echo "the 3.0 suite is in $third"
    run_engines strict-3.0 "$third" --features 3.0 --policy strict
    run lazy-3.0 "$third" --features 3.0 --policy lazy
    run_lowered lower-3.0 "$third" --features 3.0 --policy lower
    run_engines wide-arithmetic "$third/proposals/wide-arithmetic" --features 3.0,wide-arithmetic
    run_engines custom-page-sizes "$third/proposals/custom-page-sizes" --features 3.0,custom-page-sizes
else
    echo "the 3.0 suite is not here: its commands were not run"
fi
[ $write = yes ] && exit 0
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
