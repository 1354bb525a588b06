#!/usr/bin/env bash
# Runs the command line as its users do and compares what it prints, byte for byte where it says so.
set -u
cd "$(dirname "$0")/../../.." || exit 2
.ci/count ".ci/transcript server/cli/tests/run.txt server/cli/tests/tools.txt server/cli/tests/contracts.txt" \
    ".ci/transcript -s server/cli/tests/client.txt"
