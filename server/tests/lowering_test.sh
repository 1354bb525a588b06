#!/usr/bin/env bash
# Two nodes whose float routines were compiled differently: each says so before it lowers to other bytes than were asked
# for, and what one of them lowered runs on both, with the same receipt.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build} passed=0 failed=0 servers=()
work=$(mktemp -d) || exit 2
trap 'for s in "${servers[@]}"; do kill "$s" 2>/dev/null; wait "$s" 2>/dev/null; done; rm -rf "$work"' EXIT
check() { # words, status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "lowering_test.sh: $1"; fi
}
compiler=$(sed 's/ .*//' "$build/flags")
clang=$(for n in 29 28 27 26 25 24 23 22 21 20 19; do command -v clang-$n && break; done)
if [ -z "$clang" ] || [ ! -s "$build/loader/lower/routines.wasm" ]; then
    echo "lowering_test.sh: clang is not installed, so nothing is lowered here"
    echo "0 passed, 0 failed"
    exit 0
fi

# The other node: the same server around routines that were compiled for size.
no_wasm_opt=--no-wasm-opt
[[ $clang == *-19 ]] && no_wasm_opt=-B$build/no-wasm-opt # which does not link when told the other
"$clang" --target=wasm32 "$no_wasm_opt" -mcpu=mvp -std=c17 -Os -ffreestanding -nostdlib -Wl,--no-entry -Wl,--strip-all -I. \
    loader/lower/soft/*.c -o "$work/routines.wasm" &&
    { echo '#include "loader/lower/routines.h"'; echo 'const uint8_t loader_routine_bytes[] = {'
      od -An -v -tx1 "$work/routines.wasm" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'
      echo 'const size_t loader_routine_size = sizeof loader_routine_bytes - 1;'; } >"$work/routines.c" &&
    read -r flags <"$build/flags" &&
    eval "$flags -pthread -I. $work/routines.c $build/server/main.o $build/libserver.a $build/libdelavm.a -lcjson -lsodium -o $work/server"
check "the other server can't be linked with $compiler" $?

start() { # number, program
    "$2" --quiet --listen 127.0.0.1:0 --unix "$work/$1" --store "$work/store$1" --no-contracts 2>"$work/log$1" &
    servers+=($!)
    for _ in $(seq 100); do
        [ -S "$work/$1" ] && "$build/delavm" request GET /healthz -s "unix:$work/$1" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "no server: $(cat "$work/log$1")"
}
ask() { # number, words of delavm request
    "$build/delavm" request "${@:2}" -s "unix:$work/$1" 2>&1
}
hash_of() { sed -nE "s/.*\"$1\":\"([0-9a-f]{64})\".*/\1/p"; }

start 1 "$build/delavm-server"
start 2 "$work/server"
"$build/delavm" asm server/cli/tests/lowered.wat -o "$work/float.wasm" || failed=$((failed + 1))

one=$(ask 1 GET /v1/info | hash_of lowering) two=$(ask 2 GET /v1/info | hash_of lowering)
[ -n "$one" ] && [ -n "$two" ] && [ "$one" != "$two" ]
check "the nodes should lower differently, and say so: $one, $two" $?

# Who states the lowering that is meant hears at once where it is another one.
first=$(ask 1 POST "/v1/modules?policy=lower&lowering=$one" "@$work/float.wasm")
module=$(hash_of module <<<"$first")
[ -n "$module" ]
check "the node that has the lowering refuses it: $first" $?
second=$(ask 2 POST "/v1/modules?policy=lower&lowering=$one" "@$work/float.wasm")
[[ $second == *'"code":"other_lowering"'*"$two"* ]]
check "the node that has it not should refuse: $second" $?
[[ $(ask 2 GET /v1/modules) != *'"module"'* ]]
check "the node that refused has stored something" $?

# Who does not is told what the module was lowered to: other bytes have another hash.
own=$(ask 2 POST "/v1/modules?policy=lower" "@$work/float.wasm" | hash_of module)
[ -n "$own" ] && [ "$own" != "$module" ]
check "other routines, the same module: $own" $?

# What one has lowered is a module like any other.
[ "$(ask 2 POST /v1/modules "@$work/store1/modules/$module.wasm" | hash_of module)" = "$module" ]
check "what one node lowered is not taken by the other" $?
for argument in 0 1 17 4096 1000000007; do
    request="{\"module\":\"$module\",\"input\":\"$(printf %s "$argument" | base64)\"}"
    a=$(ask 1 POST /v1/execute "$request") b=$(ask 2 POST /v1/execute "$request")
    [[ $a == *'"status":"accepted"'* ]] && [ "$a" = "$b" ]
    check "input $argument: $a, on the other node $b" $?
    c=$(ask 2 POST /v1/execute "${request/$module/$own}")
    [ "$(cut -d, -f1-2 <<<"$c")" = "$(cut -d, -f1-2 <<<"$a")" ]
    check "input $argument: $a, as the other node lowered it $c" $?
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
