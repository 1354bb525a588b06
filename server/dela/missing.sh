#!/usr/bin/env bash
# Says in one line why the Go side can't be built on this machine; nothing if it can.
cd "$(dirname "$0")" || exit 2
go=${GO:-go}
version=$($go env GOVERSION 2>/dev/null) || { echo "Go is not installed (1.24 or newer: golang-go of Debian 13, or go.dev)"; exit; }
read -r major minor < <(sed -nE 's/^go([0-9]+)\.([0-9]+).*/\1 \2/p' <<<"$version")
[ "${major:-0}" -gt 1 ] || [ "${minor:-0}" -ge 24 ] || { echo "Go is $version; 1.24 or newer is needed"; exit; }
timeout 300 $go list -deps ./... >/dev/null 2>&1 ||
    echo "the Go module proxy does not answer, and go.dedis.ch/dela is not in the module cache"
