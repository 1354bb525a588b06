#!/usr/bin/env bash
# The comparison of engines with peers that are not what they should be: liars, mutes, and one that cannot be beaten.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
bench=$build/delavm-bench
[ -x "$bench" ] || { echo "delavm-bench is not built here"; echo "0 passed, 0 failed"; exit 0; }
passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir "$work/peers" "$work/kernels"
cp bench/cases/fib.wasm "$work/kernels"
grep '^fib' bench/cases/MANIFEST.tsv >"$work/kernels/MANIFEST.tsv"
printf 'fib\tthe note on fib\n' >"$work/kernels/NOTES.tsv"

peer() { # name, the line that `run` prints, the status of `info`, its kind
    printf '#!/bin/sh\ncase $1 in\ninfo) printf "name=%s\\nversion=7\\nfuel=no\\nkind=%s\\nbuild=by hand\\n"; exit %s ;;\nrun) echo "%s" ;;\n*) exit 3 ;;\nesac\n' \
        "$1" "${4:-interpreter}" "$3" "$2" >"$work/peers/$1"
    chmod +x "$work/peers/$1"
}
peer liar "46369 1" 0
peer mute "46368 1" 1
peer babbler "fast" 0
peer quick "46368 1" 0
peer wasm3 "46368 1000" 0
peer ceiling "46368 1" 0 compiler
cp "$work/peers/quick" "$work/peers/quicker"
echo "not executable" >"$work/peers/README"
mkdir "$work/slow"
sed 's/46368 1000/46368 999999999999999/' "$work/peers/wasm3" >"$work/slow/wasm3"
chmod +x "$work/slow/wasm3"

check() { # what, wanted status, what must be said and (with !) what must not, one pattern each; the run's arguments after --
    local what=$1 want=$2 have good=yes patterns=() pattern
    shift 2
    while [ "$1" != -- ]; do patterns+=("$1"); shift; done
    shift
    "$bench" --quick --rounds 1 --out "$work/out" "$@" >"$work/said" 2>&1
    have=$?
    [ $have -eq "$want" ] || good=no
    for pattern in ${patterns[@]+"${patterns[@]}"}; do
        case $pattern in
            !*) grep -qE -- "${pattern#!}" "$work/said" && { good=no; echo "$what: said: ${pattern#!}"; } ;;
            *) grep -qE -- "$pattern" "$work/said" || { good=no; echo "$what: did not say: $pattern"; } ;;
        esac
    done
    if [ $good = yes ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: status $have, should be $want:"
        cat "$work/said"
    fi
}
holds() { # what, command...
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: is not so:"
        cat "$work/said"
    fi
}

with="--kernels $work/kernels --peers $work/peers"
# shellcheck disable=SC2086
{
    check "a wrong answer disqualifies a peer, and fails nothing of ours" 0 \
        'liar IS DISQUALIFIED: fib: run\(24\) gave 46369, should be 46368' '^  kernel .*quick  .*quicker' '!^  kernel .*liar' -- $with
    check "a peer that does not answer is left out" 0 'mute does not answer' '!^  kernel .*mute' -- $with
    check "a peer that answers nonsense is left out of the kernel" 0 'babbler could not run fib' '!^  kernel .*babbler' -- $with
    check "who loses says so, with the note, and a compiler is no peer" 0 'WE LOSE on fib: [0-9.]+ times the time of quick: the note on fib' \
        'no kernel slower than with the best interpreter: MISSED \(1 of 1 are\)' 'at most 0.42 of the time of wasm3: MISSED' \
        'wasm3 = 1.00' -- $with
    check "who wins says so" 0 'at most 0.42 of the time of wasm3: reached with 0.000' '!WE LOSE' \
        'no kernel slower than with the best interpreter: reached \(0 of 1 are\)' -- --kernels "$work/kernels" --peers "$work/slow"
    check "only what was named is run" 0 '^  kernel +fast +fast$' '!plain' -- --kernels "$work/kernels" --engine fast fib
    check "an engine that is not there" 1 'there is no engine "nobody"; there are:' '^  plain$' -- --engine nobody fib
    check "a kernel that is not there" 1 'there is no kernel or part "nothing"' -- nothing
    check "a directory without kernels" 1 'MANIFEST.tsv can.t be read' -- --kernels "$work" kernels
    check "an option that is not there" 2 '^usage:' -- --fastest
    check "less than no rounds" 2 '^usage:' -- --rounds -5 kernels
    check "no number of rounds" 2 '^usage:' -- --rounds 3x kernels
    check "JSON on stdout" 0 '^\[\{"group":"kernels","name":"fib, fast","value":[0-9.]+,"unit":"ms"\}\]$' -- \
        --json --kernels "$work/kernels" --engine fast fib
    check "loading and fresh calls" 0 '^  fast( +[0-9.]+){5}$' '^  plain( +[0-9.]+){5}$' '!^  quick ' '^  goal of fast: validate MB/s at least 200: (reached|MISSED) with [0-9]+$' -- \
        $with loader --engine fast --engine plain --engine quick
    check "everybody again, for the files" 0 -- $with kernels
}
holds "the table of runs" grep -qE '^fib,quick,7,no,[0-9]+,1,1,1,0.0010$' "$work/out/kernels.csv"
holds "the table of loading" grep -qE '^fast(,[0-9.]+){5}$' "$work/out/loading.csv"
holds "the JSON names who was disqualified" grep -qE '"name":"liar",.*"disqualified":true' "$work/out/kernels.json"
holds "the picture has a row for the kernel and one for the mean" grep -qE '>fib</text>' "$work/out/kernels.svg"
holds "and ends" test "$(tail -n 1 "$work/out/kernels.svg")" = "</svg>"

# A wrong checksum of ours fails the bench.
sed -i 's/46368/46367/' "$work/kernels/MANIFEST.tsv"
check "ours are disqualified too, and that fails the bench" 1 'fast IS DISQUALIFIED' 'plain IS DISQUALIFIED' -- \
    --kernels "$work/kernels" kernels

# What a float operation costs is what a run with it costs more than one without: of two operands, and from type to type.
cost() { # instructions: the fuel of a run of them
    printf '(module (func (export "f") (param f64 i32) (result i64) %s))' "$1" >"$work/float.wat"
    "$build/delavm" run --policy lower "$work/float.wat" -i f 3 4 --json | sed -nE 's/.*"fuel":([0-9]+).*/\1/p'
}
"$bench" --quick floats >"$work/floats" 2>&1
if ! grep -q 'floats are left out' "$work/floats"; then
    two='local.get 0 local.get 0'
    copysign=$(($(cost "$two f64.copysign i64.reinterpret_f64") - $(cost "$two drop i64.reinterpret_f64") + 1)) # the drop
    holds "floats: f64.copysign takes $copysign fuel" grep -qE "^  f64\.copysign: $copysign\.0 fuel +[0-9.]+ ns" "$work/floats"
    convert=$(($(cost 'local.get 1 f64.convert_i32_s i64.reinterpret_f64') - $(cost 'local.get 1 i64.extend_i32_u') + 1))
    holds "floats: f64.convert_i32_s takes $convert fuel" \
        grep -qE "^  f64\.convert_i32_s: $convert\.0 fuel +[0-9.]+ ns" "$work/floats"
fi

# The command line of bench/peer.h, as ours have it.
for engine in fast lazy fold-off plain; do
    holds "$engine: info" grep -q "^name=$engine\$" <("$bench" peer $engine info)
    holds "$engine: run" test "$("$bench" peer $engine run bench/cases/fib.wasm run 10 3 | grep -cE '^55 [0-9]+$')" = 3
    holds "$engine: call" grep -qE '^55 [0-9]+$' <("$bench" peer $engine call bench/cases/fib.wasm run 10 3)
    for what in validate load; do
        holds "$engine: $what" grep -qE '^0 [0-9]+$' <("$bench" peer $engine $what bench/cases/json.wasm 3)
    done
    holds "$engine: memory" grep -qE '^[0-9]+ 0$' <("$bench" peer $engine memory bench/cases/json.wasm 3)
    holds "$engine: fuel" grep -qE '^46368 2100686$' <("$bench" peer $engine fuel bench/cases/fib.wasm run 24)
done
"$bench" peer fast run bench/cases/fib.wasm nothing 1 1 >/dev/null 2>&1
holds "a function that is not there" test $? = 1
"$bench" peer fast dance >/dev/null 2>&1
holds "a command that is not there" test $? = 2
"$bench" peer >/dev/null 2>&1
holds "an engine that is not there" test $? = 2

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
