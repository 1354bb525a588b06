#!/usr/bin/env bash
# make arch: the same digests on every machine.  Builds delavm-spec (which needs vm and loader alone) with several
# compilers, optimizations and, through Debian's cross compilers and qemu-user, architectures; runs the same scripts
# with each and compares the digests of fuel, results and state.  Ends with "N passed, N failed".
#
# The conformance hash of `delavm selftest` is among them, built with a BLAKE2b of our own where libsodium is not.
#
#   ARCHS="s390x i386" BUILD=build spec-tests/arch.sh     some of: gcc-O0 gcc-O3 clang-O0 clang-O3 i386 aarch64 armhf s390x
#
# All of the suite takes seconds on x86-64 itself, and minutes on an emulated machine: SUITES="cases 2.0-strict" chooses
# some of cases 2.0-strict 2.0-lazy 2.0-lower 3.0-strict, the same for all.  What is not installed is left
# out and said.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
make=${MAKE:-make}
clang=${CLANG:-clang}
passed=0 failed=0 missing=0

# name, compiler, flags, emulator
variants="
gcc-O0 gcc -O0 -
gcc-O3 gcc -O3 -
clang-O0 $clang -O0 -
clang-O3 $clang -O3 -
i386 i686-linux-gnu-gcc -O2 qemu-i386
aarch64 aarch64-linux-gnu-gcc -O2 qemu-aarch64
armhf arm-linux-gnueabihf-gcc -O2 qemu-arm
s390x s390x-linux-gnu-gcc -O2 qemu-s390x"

chosen() { case " ${SUITES:-$1} " in *" $1 "*) ;; *) return 1 ;; esac }
suites=()
chosen cases && suites+=("3.0 strict spec-tests/cases")
own=${#suites[@]}
for top in ${SPEC_SUITE:+"$SPEC_SUITE"} ../shared "$build"; do
    [ -d "$top/wasm-testsuite-2.0" ] || continue
    chosen 2.0-strict && suites+=("2.0 strict $top/wasm-testsuite-2.0")
    chosen 2.0-lazy && suites+=("2.0 lazy $top/wasm-testsuite-2.0")
    # The scripts that have the most to do with floats: what they are lowered to, and what comes of it.
    chosen 2.0-lower && suites+=("2.0 lower $(printf "$top/wasm-testsuite-2.0/%s.wast " call_indirect conversions f32 f64_cmp float_exprs float_memory imports)")
    break
done
for top in ${SPEC_SUITE:+"$SPEC_SUITE"} ../shared "$build"; do
    [ -d "$top/wasm-testsuite" ] || continue
    chosen 3.0-strict && suites+=("3.0 strict $top/wasm-testsuite")
    break
done
[ ${#suites[@]} -eq "$own" ] && [ "${SUITES:-}" != cases ] && echo "the official suite is not here (make spec gets it): only our own scripts are compared"

digest_of() { # runner...: one line for each set of scripts
    local suite edition policy folder
    for suite in ${suites[@]+"${suites[@]}"}; do
        read -r edition policy folder <<<"$suite"
        "$@" --features "$edition" --policy "$policy" --digest $folder 2>&1 | grep -E '^digest of all files: ' ||
            echo "no digest for $folder"
    done
}

reference=
while read -r name compiler flags emulator; do
    [ -z "$name" ] && continue
    case " ${ARCHS:-$name} " in *" $name "*) ;; *) continue ;; esac
    if ! command -v "$compiler" >/dev/null || { [ "$emulator" != - ] && ! command -v "$emulator" >/dev/null; }; then
        echo "$name: left out, because $compiler or $emulator is not installed"
        missing=$((missing + 1))
        continue
    fi
    folder=$build/arch/$name link=
    [ "$emulator" != - ] && link=-static
    log=$(mktemp)
    if ! $make -s --no-print-directory BUILD="$folder" CC="$compiler" CFLAGS="$flags" LDFLAGS="$link" \
        "$folder/delavm-spec-bare" "$folder/delavm-selftest-bare" >"$log" 2>&1; then
        echo "$name: does not build"
        tail -n 20 "$log"
        rm -f "$log"
        failed=$((failed + 1))
        continue
    fi
    rm -f "$log"
    if [ "$emulator" = - ]; then emulator=; fi
    start=$SECONDS
    lines=$(digest_of $emulator "$folder/delavm-spec-bare"
        $emulator "$folder/delavm-selftest-bare" || echo "no digest: the conformance hash is not the expected one")
    digest=$(sha256sum <<<"$lines" | cut -c1-64)
    [ -z "$reference" ] && reference=$digest
    if [ "$digest" = "$reference" ] && [[ $lines != *"no digest"* ]]; then
        passed=$((passed + 1))
        echo "$name: $digest ($((SECONDS - start)) s)"
    else
        failed=$((failed + 1))
        echo "$name: $digest, should be $reference"
        echo "$lines"
    fi
done <<<"$variants"
[ $missing -ne 0 ] && echo "$missing left out: on Debian, apt-get install gcc-{i686,aarch64,s390x}-linux-gnu gcc-arm-linux-gnueabihf qemu-user"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
