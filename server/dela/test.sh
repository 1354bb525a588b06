#!/usr/bin/env bash
# Runs the Go tests and counts them: "N passed, N failed".  Called by make test-dela, with BUILD set.
set -u
cd "$(dirname "$0")" || exit 2
go=${GO:-go}
timeout=${1:-15m} failed=0
unformatted=$($($go env GOROOT)/bin/gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted"; failed=1; }
$go vet ./... || failed=1
work=$(mktemp -d) || exit 2
output=$work/output
trap 'rm -rf "$work"' EXIT

# The tour of README.md, on a chain as `make dela` starts it.  It mostly waits, so the tests run meanwhile.
tour() {
    local dir process status
    dir=$(mktemp -d) || return 1
    export DELACHAIN_DIR=$dir/chain
    (cd ../.. && exec "$BUILD/delachain" run) >"$dir/log" 2>&1 &
    process=$!
    for _ in $(seq 600); do
        [ -e "$DELACHAIN_DIR/control.sock" ] && break
        kill -0 $process 2>/dev/null || break
        sleep 0.1
    done
    ../../.ci/transcript server/dela/README.md
    status=$?
    [ $status -eq 0 ] || cat "$dir/log"
    kill $process && wait $process
    rm -rf "$dir"
    return $status
}
$go build -o "$BUILD/delachain" ./cmd/delachain || exit 1
tour >"$work/tour" 2>&1 &
touring=$!

$go test -count=1 -timeout "$timeout" -coverpkg=./delavm,./wasm -coverprofile="$BUILD/dela.cover" -v ./... >"$output" 2>&1 ||
    failed=$((failed + 1))
# Each test and each of its parts counts; output is shown of what failed, and figures that tests log.
grep -E '^ *[a-z_]+_test\.go:[0-9]+: .*(/s|bytes|round trips|processor)' "$output"
passed=$(grep -cE '^ *--- PASS' "$output")
bad=$(grep -cE '^ *--- FAIL' "$output")
if [ $failed -ne 0 ] || [ "$bad" -ne 0 ]; then grep -vE '^(=== |ok |PASS$| *--- PASS)' "$output"; fi
[ "$bad" -gt 0 ] && failed=$((failed - 1 + bad))

wait $touring || failed=$((failed + 1))
grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$work/tour"
read -r more _ < <(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/tour" | tail -n 1)
passed=$((passed + ${more:-0}))

# Both at once, with a processor each.
fuzzing=()
for fuzz in delavm/FuzzParseOutcome wasm/FuzzArguments; do
    $go test -run '^$' -fuzz "^${fuzz#*/}\$" -fuzztime "${FUZZ_SECONDS:-10}s" -parallel 1 "./${fuzz%/*}" >"$work/${fuzz#*/}" 2>&1 &
    fuzzing+=("${fuzz#*/} $!")
done
for fuzz in "${fuzzing[@]}"; do
    if wait "${fuzz#* }"; then
        passed=$((passed + 1))
        grep -E '^fuzz: elapsed' "$work/${fuzz% *}" | tail -n 1 | sed "s#^fuzz#${fuzz% *}#"
    else
        failed=$((failed + 1))
        cat "$work/${fuzz% *}"
    fi
done

echo "coverage: $($go tool cover -func="$BUILD/dela.cover" 2>/dev/null | tail -n 1 | awk '{print $NF}') of the statements of delavm and wasm"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
