#!/usr/bin/env bash
# make differential: verdicts and results against other engines, for DIFFERENTIAL_SECONDS (60) in rounds of new modules;
# or ROUNDS of them, however long they take, so that a slow and a fast machine try the same.
#
#   verdict   mutants of what lies in the tree, and generated valid modules: accepted here, accepted there?  There is
#             wabt's wasm-validate and V8 in node.  Here is `delavm validate` with the compat limits and the lazy policy,
#             so that floats are judged, not refused; what is refused as unsupported or over a limit has no peer.
#   result    V8 calls the exports of every accepted module without imports whose types are integers, and `delavm run`
#             does: the same values, or the same kind of trap.  Ends by fuel, by the depth of the stack or by a float
#             have no peer.
#
# A round depends on its seed alone (SEED, then the numbers after it).  Known differences are listed below with their
# reason; every other one is a failure, and its module is kept in BUILD/differential/found.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
seconds=${DIFFERENTIAL_SECONDS:-60}
most=${ROUNDS:-}
seed=${SEED:-1}
count=${COUNT:-300}
delavm=$build/delavm generate=$build/spec-tests/differential/generate
folder=$build/differential
peer=spec-tests/differential/peer.js

# Words of ours and of the peer, as a regular expression over "PEER OURS: words | PEER'S: words", and why they differ.
known=(
    # wabt ends a constant expression where its section ends; the grammar wants the end opcode.
    '^wabt malformed: illegal opcode: the section ends inside of a constant expression \| ok'
    # wabt does not miss the last end of a body.
    '^wabt malformed: END opcode expected: the function body ends without its last end \| ok'
    # wabt reads target_features, a custom section whose contents mean nothing to the specification.
    '^wabt ok: - \| refused: [0-9a-f]+: error: (unfinished section|.*(feature|prefix))'
    # Newer peers have what is off here: several memories, and the types of garbage collection.
    ' invalid: multiple memories.* \| ok'
    '^v8 malformed: malformed (definition|reference|heap|value) type.* \| ok'
    # Some have sections of proposals that never came to be.
    '^v8 malformed: malformed section id: 1[4-9] \| ok'
)

for program in "$delavm" "$generate"; do
    [ -x "$program" ] || { echo "$program is not built"; echo "0 passed, 1 failed"; exit 1; }
done
wabt=yes node=yes
command -v wasm-validate >/dev/null || { wabt=no; echo "without wabt: wasm-validate is not installed (apt-get install wabt)"; }
command -v node >/dev/null || { node=no; echo "without V8: node is not installed (apt-get install nodejs)"; }
[ $wabt$node = nono ] && { echo "differential.sh: skipped, because there is no peer"; exit 0; }
# What a peer does not know or has behind a switch is not compared.
node_flags=()
if [ $node = yes ]; then
    node_flags=(--stack-size=900)
    node --v8-options | grep -q experimental-wasm-extended-const && node_flags+=(--experimental-wasm-extended-const)
fi

wabt_flags=()
[ $wabt = yes ] && wasm-validate --help | grep -q -e --enable-extended-const && wabt_flags+=(--enable-extended-const)

rm -rf "$folder/round"
mkdir -p "$folder/found"
compared=0 unequal=0 known_seen=0 calls=0 without=0 rounds=0

keep() { # name, words
    cp "$folder/round/$1" "$folder/found/seed$seed-$1"
    echo "$folder/found/seed$seed-$1: $2"
    unequal=$((unequal + 1))
}

# Asks once as wabt is, and what it refuses again without its interest in the contents of custom sections: what it then
# accepts is "custom", and we may have either verdict.
ask_wabt() {
    local name words
    for name in "$folder"/round/mutant-*.wasm; do
        if words=$(wasm-validate ${wabt_flags[@]+"${wabt_flags[@]}"} "$name" 2>&1); then
            echo "${name##*/} ok"
        elif wasm-validate ${wabt_flags[@]+"${wabt_flags[@]}"} --ignore-custom-section-errors --no-debug-names "$name" >/dev/null 2>&1; then
            echo "${name##*/} custom"
        else
            words=${words%%$'\n'*}
            [ -n "$words" ] || words="nothing was said"
            [[ $words == *:\ error:* ]] && echo "${name##*/} refused: ${words#*.wasm:}" || echo "${name##*/} limit: wabt broke: $words"
        fi
    done
}

compare_verdicts() { # peer's name, file of its verdicts
    local name verdict words rest line pattern
    while IFS=$'\t' read -r name verdict words rest; do
        case $verdict:$rest in
            unsupported:* | limit:* | *:limit*) continue ;;
            ok:ok* | malformed:refused* | invalid:refused* | *:custom) compared=$((compared + 1)); continue ;;
        esac
        line="$1 $verdict: $words | $rest"
        for pattern in "${known[@]}"; do
            [[ $line =~ $pattern ]] && { known_seen=$((known_seen + 1)); continue 2; }
        done
        keep "$name" "$line"
    done < <(join -t "$tab" <(sort "$folder/ours") <(sed "s/ /$tab/" "$2" | sort))
}
tab=$'\t'

start=$SECONDS
go_on() { if [ -n "$most" ]; then [ $rounds -lt "$most" ]; else [ $rounds -eq 0 ] || [ $((SECONDS - start)) -lt "$seconds" ]; fi; }
while go_on; do
    rm -rf "$folder/round"
    mkdir -p "$folder/round"
    "$generate" "$folder/round" "$seed" "$count" bench/cases/*.wasm spec-tests/fuzz/corpus/decode/* || exit 2
    (cd "$folder/round" && find . -name '*.wasm' -printf '%P\n' | sort) >"$folder/names"
    "$delavm" validate --policy lazy --json "$folder"/round/*.wasm >"$folder/json"
    sed -nE 's|^\{"file":"[^"]*/([^/"]*)","verdict":"([a-z]*)".*"message":"([^"]*)".*|\1\t\2\t\3|p
             t
             s|^\{"file":"[^"]*/([^/"]*)","verdict":"([a-z]*)".*|\1\t\2\t-|p' "$folder/json" >"$folder/ours"
    if [ "$(wc -l <"$folder/ours")" -ne "$(wc -l <"$folder/names")" ]; then
        echo "delavm validate has no verdict for some of $folder/round"
        unequal=$((unequal + 1))
        break
    fi
    if [ $node = yes ]; then
        node ${node_flags[@]+"${node_flags[@]}"} $peer validate "$folder/round" >"$folder/v8" || { echo "node failed"; unequal=$((unequal + 1)); break; }
        compare_verdicts v8 "$folder/v8"
    fi
    if [ $wabt = yes ]; then
        ask_wabt >"$folder/wabt" 2>"$folder/wabt-broke" # where bash reports what aborted
        compare_verdicts wabt "$folder/wabt"
    fi
    if [ $node = yes ]; then
        left=$((seconds - (SECONDS - start)))
        [ -n "$most" ] && left=600
        node ${node_flags[@]+"${node_flags[@]}"} $peer run "$folder/round" "$delavm" $((left > 5 ? left : 5)) >"$folder/runs" ||
            { echo "node failed"; unequal=$((unequal + 1)); break; }
        while read -r name words; do
            if [[ "$name $words" =~ ^([0-9]+)\ calls,\ ([0-9]+)\ without ]]; then
                calls=$((calls + BASH_REMATCH[1])) without=$((without + BASH_REMATCH[2]))
            else
                keep "$name" "$words"
            fi
        done <"$folder/runs"
    fi
    seed=$((seed + 1)) rounds=$((rounds + 1))
    [ $unequal -gt 20 ] && break
done
echo "$rounds rounds in $((SECONDS - start)) s: $compared verdicts alike, $known_seen known differences, $calls calls ($without without comparison)"
echo "$((compared + calls - without)) passed, $unequal failed"
[ $unequal -eq 0 ]
