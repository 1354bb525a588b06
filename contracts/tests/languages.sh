#!/usr/bin/env bash
# make test-languages: the contracts of all languages over HTTP and without a server, the tests of their SDKs, and their
# READMEs.  SKIPPED: the languages whose tools are not here; they are named and left out.  Any other must have been built.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
built=() commands=()
left_out() { # language: notes that it is not tested, and why that is a failure if it is one
    if [[ " ${SKIPPED:-} " == *" $1 "* ]]; then
        echo "note: $1 was not built, and is not tested; \`make contracts\` says how to get its tools"
    else
        commands+=("echo '$1 was not built'; false")
    fi
}
for language in c cpp wat forth rust assemblyscript; do
    if compgen -G "$build/contracts/$language/*.wasm" >/dev/null; then
        built+=("$language")
    else
        left_out $language
    fi
done
commands+=("LANGUAGES='${built[*]}' contracts/tests/calls_test.sh" "$build/contracts/tests/contracts_test"
    contracts/tests/readme_test.sh contracts/tests/manifest_test.sh)
if compgen -G "$build/compat/go/*.wasm" >/dev/null; then
    commands+=("PROFILE=compat LANGUAGES=go contracts/tests/calls_test.sh" "cd $build/go && go vet ./dela && go test ./dela"
        "NEW=go contracts/tests/new_test.sh" ".ci/transcript contracts/go/README.md")
else
    left_out go
fi
commands+=(contracts/tests/charts.sh)
[[ " ${built[*]} " == *" assemblyscript "* ]] && commands+=("NEW=assemblyscript contracts/tests/new_test.sh")
if [ -f "$build/contracts/rust/counter_std.wasm" ]; then
    commands+=("NEW='rust rust-std' contracts/tests/new_test.sh")
elif [[ " ${built[*]} " == *" rust "* ]]; then
    left_out rust-std
    commands+=("NEW=rust contracts/tests/new_test.sh")
fi
[[ " ${built[*]} " == *" rust "* ]] && commands+=("cd $build/rust && dela/cargo --host test -q --locked -p dela --lib --target-dir ../rust-test")
export BUILD=$build
exec .ci/count -j "${JOBS:-1}" "${commands[@]}"
