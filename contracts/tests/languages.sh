#!/usr/bin/env bash
# make test-languages: the contracts of all languages over HTTP and without a server, the tests of their SDKs, and their
# READMEs.  What this machine can't build is named and left out; ALL=yes makes that a failure.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
built=() commands=()
for language in c cpp wat forth rust assemblyscript; do
    if compgen -G "$build/contracts/$language/*.wasm" >/dev/null; then
        built+=("$language")
    elif [ "${ALL:-}" = yes ]; then
        commands+=("echo '$language was not built'; false")
    else
        echo "note: $language was not built, and is not tested; \`make contracts\` says how to get its tools"
    fi
done
commands+=("LANGUAGES='${built[*]}' contracts/tests/calls_test.sh" "$build/contracts/tests/contracts_test"
    contracts/tests/readme_test.sh)
if compgen -G "$build/compat/go/*.wasm" >/dev/null; then
    commands+=("PROFILE=compat LANGUAGES=go contracts/tests/calls_test.sh" "cd $build/go && go vet ./dela && go test ./dela"
        "NEW=go contracts/tests/new_test.sh" ".ci/transcript contracts/go/README.md")
elif [ "${ALL:-}" = yes ]; then
    commands+=("echo 'go was not built'; false")
else
    echo "note: go was not built, and is not tested; \`make contracts\` says how to get its tools"
fi
[[ " ${built[*]} " == *" assemblyscript "* ]] && commands+=("NEW=assemblyscript contracts/tests/new_test.sh")
[[ " ${built[*]} " == *" rust "* ]] && commands+=("NEW=rust contracts/tests/new_test.sh")
[[ " ${built[*]} " == *" rust "* ]] && commands+=("cd $build/rust && cargo test -q -p dela --lib --target-dir ../rust-test")
export BUILD=$build
exec .ci/count -j "${JOBS:-1}" "${commands[@]}"
