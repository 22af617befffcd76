#!/usr/bin/env bash
# Installs Node-RED and zigbee2mqtt from npm, unless they are there already, and prints their folder. Needs node and npm.
# MIDGE_HOME_PROGRAMS says where they go; without it a folder of the user's cache, never this repository.
set -euo pipefail

NODE_RED=4.1.15
ZIGBEE2MQTT=2.14.1
TARGET=${MIDGE_HOME_PROGRAMS:-${XDG_CACHE_HOME:-$HOME/.cache}/midge/home-$NODE_RED-$ZIGBEE2MQTT}

if [ ! -e "$TARGET/complete" ]; then
  mkdir -p "$TARGET"
  # No script of a package is run: the serial port's native part is not needed.
  npm install --prefix "$TARGET" --no-audit --no-fund --ignore-scripts --loglevel=error \
    "node-red@$NODE_RED" "zigbee2mqtt@$ZIGBEE2MQTT" >&2
  touch "$TARGET/complete"
fi
echo "$TARGET"
