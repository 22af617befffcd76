#!/usr/bin/env bash
# Builds pebble, the test server for ACME, and the DNS server that it asks, unless they are built already, and prints the
# folder of the two executables. Called by .ci/run and by people who want to run the ACME tests. Needs go.
# MIDGE_PEBBLE says where the executables go; without it a folder of the user's cache, never this repository.
set -euo pipefail

VERSION=v2.10.3
MODULE=github.com/letsencrypt/pebble/v2
TARGET=${MIDGE_PEBBLE:-${XDG_CACHE_HOME:-$HOME/.cache}/midge/pebble-$VERSION}

if [ -x "$TARGET/pebble" ] && [ -x "$TARGET/pebble-challtestsrv" ]; then
  echo "$TARGET"
  exit
fi

# Where go's own installer puts it, which not every shell looks at.
PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "build_pebble.sh: go is not installed" >&2; exit 1; }
mkdir -p "$TARGET"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
GOBIN=$WORK go install -ldflags='-s -w' "$MODULE/cmd/pebble@$VERSION" "$MODULE/cmd/pebble-challtestsrv@$VERSION" >&2
mv "$WORK/pebble-challtestsrv" "$WORK/pebble" "$TARGET"
echo "$TARGET"
