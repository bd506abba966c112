#!/usr/bin/env bash
# faults.sh: the long form of test/faults and test/model. HISTORIES is how many
# histories the model tries over each store.
set -euo pipefail
cd "$(dirname "$0")/.."

# run prints what a test logs, without a line for each of its thousands of parts.
run() {
  go test -tags tools -count=1 -timeout 60m -v "$@" | { grep --line-buffered -vE '^ *(=== |--- PASS|PASS$)' || true; }
}

run -parallel 8 ./test/faults -args -full
run -run TestHistories ./test/model -args -rapid.checks="${HISTORIES:-1500}"
echo "make faults: every rule held"
