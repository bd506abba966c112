#!/usr/bin/env bash
# Looks for the programs that make tools and the tests use, and names all that
# are missing. As root on Debian it installs them.
set -euo pipefail

missing=() # Debian packages
need() { # package, what it is, a command that succeeds if it is there
  if ! eval "$3" >/dev/null 2>&1; then
    missing+=("$1")
    echo "missing: $2 (Debian package $1)"
  fi
}

look() {
  missing=()
  need curl 'curl 7.82 or newer' 'curl --help all | grep -e --json'
  need jq 'jq' 'command -v jq'
  need git 'git' 'command -v git'
  need unzip 'unzip' 'command -v unzip'
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
  need docker.io 'a Docker engine, for sam local and the image of serve' 'command -v dockerd || docker version'
  need busybox-static 'a static busybox, the shell of the image for sam local' \
    'test "$(uname)" != Linux || { busybox true && ! ldd "$(command -v busybox)"; }'
  need caddy 'Caddy, for TLS in front of serve' 'command -v caddy'
  need systemd 'systemd-analyze, which checks the unit of serve' 'test "$(uname)" != Linux || command -v systemd-analyze'
  [ ${#missing[@]} -eq 0 ]
}

if ! go version >/dev/null 2>&1; then
  echo "missing: Go 1.26 or newer, from https://go.dev/dl" >&2
  look || true
  exit 1
fi
look && exit 0
if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  apt-get -o DPkg::Lock::Timeout=300 -qq install --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  look && exit 0
fi

echo "Install these and run make again. 'make check' needs only Go." >&2
command -v apt-get >/dev/null && echo "    sudo apt-get install ${missing[*]}" >&2
exit 1
