#!/usr/bin/env bash
# Runs what contracts/README.md and those of the languages show, as far as this machine has built what they name.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # what is made here is no part of the make that runs this
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build} files=(contracts/README.md)
for readme in contracts/*/README.md; do
    language=$(basename "$(dirname "$readme")")
    for wasm in "$language/counter.wasm" $(grep -oP 'build/contracts/\K[a-zA-Z0-9_/]+\.wasm' "$readme"); do
        [ -f "$build/contracts/$wasm" ] || continue 2
    done
    files+=("$readme")
done
exec .ci/transcript -s "${files[@]}"
