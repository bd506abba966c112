#!/usr/bin/env bash
# faults.sh: the long form of test/faults, of test/model, and of the tests of payments
# and stores that have one. HISTORIES is how many histories the model tries over each
# store of this machine; DynamoDB Local, which is slower, gets a fifth.
set -euo pipefail
cd "$(dirname "$0")/.."
histories=${HISTORIES:-1500}

# run prints what a test logs, without a line for each of its thousands of parts.
run() {
  go test -tags tools -count=1 -timeout 60m -v "$@" | { grep --line-buffered -vE '^ *(=== |--- PASS|PASS$)' || true; }
}

run -parallel 4 ./test/faults -args -full
run -run TestWhateverHappensAtAnyCall ./internal/payment -args -full
run -p 1 -run 'TestScale|TestMany|TestOnAmazonsEngine' ./internal/store/... -args -full
run -run 'TestHistories/(memory|bolt)' ./test/model -args -rapid.checks="$histories"
run -run 'TestHistories/dynamodb' ./test/model -args -rapid.checks=$((histories / 5))
echo "make faults: every rule held"
