#!/usr/bin/env bash
# test.sh MAKE PART...: makes each part, says how long it took, and sums up.
set -uo pipefail

make=$1
shift
echo "make test: $*"
summary=()
began=$SECONDS
for part in "$@"; do
  printf '\n== make %s\n' "$part"
  start=$SECONDS
  jobs=1
  [ "$part" = tools ] && jobs=4 # downloads, side by side
  "$make" --no-print-directory -j "$jobs" "$part"
  status=$?
  took=$((SECONDS - start))
  summary+=("$(printf '%4d s  %s' "$took" "$part")")
  if [ $status -ne 0 ]; then
    printf '\n%s\n' "${summary[@]}"
    echo "make test: make $part failed after $took s" >&2
    exit 1
  fi
done
printf '\n'
printf '%s\n' "${summary[@]}"
echo "make test: every check passed in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
