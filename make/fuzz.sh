#!/usr/bin/env bash
# fuzz.sh TIME: runs each fuzz target of the module for TIME (30s, 5m or 10000x),
# one after the other, and lists how often each was executed.
# fuzz.sh --list: lists the targets, a package and a name on each line.
set -euo pipefail
cd "$(dirname "$0")/.."

targets() {
  local files='{{$p := .}}{{range .TestGoFiles}}{{$p.ImportPath}} {{$p.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$p.ImportPath}} {{$p.Dir}}/{{.}}{{"\n"}}{{end}}'
  go list -tags tools -f "$files" ./... | while read -r package file; do
    [ -n "$package" ] || continue
    sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|$package \1|p" "$file"
  done
}

if [ "${1:-}" = --list ]; then
  targets
  exit
fi

fuzztime=${1:?how long: fuzz.sh 30s}
found=$(targets)
[ -n "$found" ] || { echo "make fuzz: there is no fuzz target" >&2; exit 1; }
echo "make fuzz: $(wc -l <<<"$found") targets, $fuzztime each"

output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0
while read -r package name; do
  result=ok
  if ! go test -tags tools -run '^$' -fuzz "^$name\$" -fuzzminimizetime 20x -fuzztime "$fuzztime" "$package" >"$output" 2>&1 </dev/null; then
    # Go itself fails at times when the time is over: https://go.dev/issue/75804
    if ! grep -qx '    context deadline exceeded' "$output" || grep -q 'Failing input written' "$output"; then
      result=FAILED failed=1
      cat "$output"
    fi
  fi
  execs=$(sed -nE 's/.*execs: ([0-9]+) .*/\1/p' "$output" | tail -n 1)
  printf '%-6s %10s executions  %s %s\n' "$result" "${execs:-0}" "$package" "$name"
done <<<"$found"

if [ $failed -ne 0 ]; then
  echo "make fuzz: go test keeps each input that failed in testdata/fuzz; commit it with the fix" >&2
  exit 1
fi
