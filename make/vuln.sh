#!/usr/bin/env bash
# vuln.sh GOVULNCHECK: fails on a known vulnerability that this module reaches.
# Without the vulnerability database, on a closed network, it says so instead.
set -euo pipefail

db=${GOVULNDB:-https://vuln.go.dev}
output=$(mktemp)
trap 'rm -f "$output"' EXIT

if "$1" -db "$db" ./... >"$output" 2>&1; then
  echo "govulncheck: no known vulnerability"
elif grep -q '^govulncheck: fetching vulnerabilities: ' "$output"; then
  echo "govulncheck: not checked, its database $db cannot be reached"
else
  cat "$output"
  exit 1
fi
