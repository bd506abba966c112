#!/usr/bin/env bash
# Looks for the programs that make tools and the tests use. What is missing is
# installed on Debian as root, and named elsewhere.
set -euo pipefail

missing=() # Debian packages
need() { # package, what it is, a test that says it is there
  if ! eval "$3" >/dev/null 2>&1; then
    missing+=("$1")
    echo "missing: $2 (Debian package $1)"
  fi
}

look() {
  missing=()
  need gcc 'a C compiler, for go test -race' 'command -v gcc || command -v clang'
  need libc6-dev 'the C library headers, for go test -race' 'test -e /usr/include/stdlib.h || test "$(uname)" != Linux'
  need nodejs 'Node.js 18.19 or newer' \
    'node -e "const [a, b] = process.versions.node.split(/[.]/); process.exit(a * 100 + +b < 1819 ? 1 : 0)"'
  need npm 'npm' 'command -v npm'
  need default-jdk-headless 'a JDK, 17 or newer' 'javac --release 17 --version'
  need maven 'Maven' 'command -v mvn'
  need python3-venv 'Python 3.11 or newer with venv' \
    'python3 -c "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"'
  need chromium 'Chromium or Chrome' \
    'command -v chromium || command -v google-chrome || test -d "/Applications/Google Chrome.app"'
  need docker.io 'a Docker engine, for sam local' 'command -v dockerd || docker version'
  need busybox-static 'a static busybox, the shell of the image for sam local' \
    'test "$(uname)" != Linux || { busybox true && ! ldd "$(command -v busybox)"; }'
  [ ${#missing[@]} -eq 0 ]
}

look && exit 0
if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  apt-get -o DPkg::Lock::Timeout=300 -qq install --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  look && exit 0
fi

echo "Install these and run make again; plain 'go test ./...' needs only Go." >&2
command -v apt-get >/dev/null && echo "    sudo apt-get install ${missing[*]}" >&2
exit 1
