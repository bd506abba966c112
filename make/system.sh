#!/usr/bin/env bash
# Looks for the programs that make tools and the tests use. What is missing is
# installed on Debian as root, and named elsewhere.
set -euo pipefail

missing=() # Debian packages
need() { # package, what it is for, test that says it is there
  if ! eval "$3" >/dev/null 2>&1; then
    missing+=("$1")
    printf 'missing: %s (Debian package %s)\n' "$2" "$1"
  fi
}
has() { printf 'command -v %s' "$1"; }

need gcc 'a C compiler, for go test -race' "$(has gcc) || $(has clang)"
need libc6-dev 'the C library headers, for go test -race' \
  'test -e /usr/include/stdlib.h || test "$(uname)" != Linux'
need nodejs 'Node.js 18.19 or newer' "$(has node)"
need npm 'npm' "$(has npm)"
need default-jdk-headless 'a Java 17 JDK' "$(has javac)"
need maven 'Maven' "$(has mvn)"
need python3-venv 'Python 3.11 or newer with venv' 'python3 -c "import ensurepip, venv"'
need chromium 'Chromium or Chrome' \
  "$(has chromium) || $(has google-chrome) || test -d '/Applications/Google Chrome.app'"
need docker.io 'a Docker engine, for sam local' \
  "$(has dockerd) || docker version"
need busybox-static 'a static busybox, the shell of the image for sam local' \
  'test "$(uname)" != Linux || { busybox true && ! ldd "$(command -v busybox)"; }'

[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  apt-get -o DPkg::Lock::Timeout=300 -qq install --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  exit 0
fi

echo "Install these and run make again; plain 'go test ./...' needs only Go." >&2
command -v apt-get >/dev/null && echo "    sudo apt-get install ${missing[*]}" >&2
exit 1
