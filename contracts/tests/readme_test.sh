#!/usr/bin/env bash
# Runs what contracts/README.md and those of the languages show, as far as this machine has built the languages.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # what is made here is no part of the make that runs this
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build} files=(contracts/README.md)
for readme in contracts/*/README.md; do
    [ -f "$build/contracts/$(basename "$(dirname "$readme")")/counter.wasm" ] && files+=("$readme")
done
exec .ci/transcript -s "${files[@]}"
