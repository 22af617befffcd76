#!/usr/bin/env bash
# Builds FerretDB, the server that speaks MongoDB's protocol in the tests, unless it is built already, and prints the
# path of its executable. Called by .ci/run and by people who want to run the MongoDB tests. Needs go.
# MIDGE_FERRETDB says where the executable goes; without it a folder of the user's cache, never this repository.
set -euo pipefail

VERSION=v1.24.0
MODULE=github.com/FerretDB/FerretDB
TARGET=${MIDGE_FERRETDB:-${XDG_CACHE_HOME:-$HOME/.cache}/midge/ferretdb-$VERSION}

if [ -x "$TARGET" ]; then
  echo "$TARGET"
  exit
fi

# Where go's own installer puts it, which not every shell looks at.
PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "build_ferretdb.sh: go is not installed" >&2; exit 1; }
mkdir -p "$(dirname "$TARGET")"
WORK=$(mktemp -d)
trap 'chmod -R u+w "$WORK"; rm -rf "$WORK"' EXIT

# The module cache is read-only, and FerretDB refuses to start without its version in a file: hence the copy.
cd "$WORK"
go mod init midge.invalid/ferretdb >/dev/null 2>&1
SOURCE=$(go mod download -json "$MODULE@$VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp -r "$SOURCE" source
chmod -R u+w source
cd source
echo "$VERSION" >build/version/version.txt
go build -ldflags='-s -w' -o "$WORK/ferretdb" ./cmd/ferretdb >&2
mv "$WORK/ferretdb" "$TARGET"
echo "$TARGET"
