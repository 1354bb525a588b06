#!/usr/bin/env bash
# Loading, instantiating, explaining, disassembling and assembling take work in proportion to the input: counted in
# instructions, by callgrind, so that a slow or busy machine changes nothing.  BUILD/loader/tests/linear_test brings the
# shapes, each at one size and at four times that.  Sorting may take a little more.
#
#   LINEAR_TABLE=FILE BUILD=build loader/tests/linear_test.sh     also writes "growth bytes-growth instructions-per-byte name"
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
program=$build/loader/tests/linear_test
growth=4.6     # of the work, when the input grows 4 times (4.3 where numbers get longer)
sorting=5.0    # the same for what sorts: n log n; and for translation, which has many arrays that grow by doubling
enough=10      # instructions for a byte: below that it is linear, however it grows
per_byte=20000 # instructions: 50,000 locals that take 8 bytes must not be gone through one by one

skip() {
    echo "linear_test.sh: skipped, $1"
    exit 0
}
case $build in *asan*) skip "because instructions are counted without sanitizers" ;; esac
command -v valgrind >/dev/null || skip "because valgrind is not installed (apt-get install valgrind)"
command -v strip >/dev/null || skip "because strip is not installed (apt-get install binutils)"
[ -x "$program" ] || { echo "$program is not built"; echo "0 passed, 1 failed"; exit 1; }

folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
# Older valgrinds stop at the debug information of newer compilers; names of functions are enough.
strip -g -o "$folder/linear_test" "$program" || exit 2
valgrind --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect=linear_work --dump-after=linear_work \
    --dump-line=no "$folder/linear_test" --work >"$folder/lines" 2>"$folder/errors" ||
    { cat "$folder/errors"; tail -n 5 "$folder/lines"; echo "0 passed, 1 failed"; exit 1; }

grep -E '^[a-z_0-9]+ [a-z_]+ [0-9]+ [0-9]+$' "$folder/lines" >"$folder/calls"
call=0
while read -r words; do
    call=$((call + 1))
    echo "$words $(sed -n 's/^summary: //p' "$folder/out.$call")"
done <"$folder/calls" >"$folder/counts"

# Rows come in pairs: n and 4 n.  The toys are the test of the test: the linear one must pass, the quadratic one must not.
awk -v growth=$growth -v sorting=$sorting -v enough=$enough -v per_byte=$per_byte -v table="${LINEAR_TABLE:-/dev/null}" '
    { key = $1 " " $2 }
    !(key in work) { work[key] = $5; bytes[key] = $4; next }
    {
        pairs++
        grown = work[key] > 0 ? $5 / work[key] : 1e9
        printf "%.2f %.2f %d %s\n", grown, $4 / bytes[key], $5 / $4, key >table
        most = $1 ~ /^(exports|types|same_types)$/ || $2 ~ /^translate/ ? sorting : growth
        bad = grown > most && $5 / $4 > enough || $5 / $4 > per_byte
        if (key == "toy toy_quadratic") bad = !bad
        if (bad) {
            failed++
            printf "%s: %d instructions for %d bytes, %d for %d: %.2f times, %d for a byte\n", key, work[key], bytes[key], $5, $4, grown, $5 / $4
        } else
            passed++
    }
    END {
        if (pairs < 20) { print "only " pairs + 0 " shapes were counted"; failed++ }
        print passed + 0 " passed, " failed + 0 " failed"
        exit failed > 0
    }' "$folder/counts"
