#!/usr/bin/env bash
# Builds the agents of the MQTT 5 clients that have to be compiled, unless they are built already, and prints their folder:
# autopaho (needs go) and HiveMQ's client (needs a JDK and maven). What is not installed is left out and said.
# MIDGE_CLIENTS5 says where they go; without it a folder of the user's cache, never this repository.
set -euo pipefail

AGENTS=$(cd "$(dirname "$0")/agents" && pwd)
TARGET=${MIDGE_CLIENTS5:-${XDG_CACHE_HOME:-$HOME/.cache}/midge/clients5}
# Where go's own installer puts it, which not every shell looks at.
PATH=$PATH:/usr/local/go/bin
mkdir -p "$TARGET"
STATUS=0

# is_new FILE SOURCES...: must it be built?
is_new() {
  local built=$1 source
  [ -e "$built" ] || return 0
  for source in "${@:2}"; do
    if [ "$source" -nt "$built" ]; then return 0; fi
  done
  return 1
}

missing() { echo "build_clients5.sh: $1 is not installed" >&2; STATUS=1; }

if is_new "$TARGET/autopaho" "$AGENTS"/autopaho/*; then
  if command -v go >/dev/null; then
    (cd "$AGENTS/autopaho" && go build -ldflags='-s -w' -o "$TARGET/autopaho" . >&2)
  else
    missing go
  fi
fi

if is_new "$TARGET/hivemq/Agent.class" "$AGENTS"/hivemq/*; then
  if command -v mvn >/dev/null && command -v javac >/dev/null; then
    mvn -q -B -f "$AGENTS/hivemq/pom.xml" dependency:copy-dependencies -DoutputDirectory="$TARGET/hivemq" >&2
    javac -d "$TARGET/hivemq" -cp "$TARGET/hivemq/*" "$AGENTS"/hivemq/*.java
  else
    missing "a JDK or maven"
  fi
fi

echo "$TARGET"
exit "$STATUS"
