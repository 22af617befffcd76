/** docs/tutorials/home_assistant.md, with zigbee2mqtt over a stub of its adapter; Home Assistant needs a newer Python than CI has. */
import { fileURLToPath } from "node:url";
import { MISSING, PROGRAMS } from "../integration/home/programs.ts";
import { type Reader, tutorial, untilSucceeds } from "./tutorial.ts";

const STUB = fileURLToPath(new URL("../integration/home/adapter_stub.cjs", import.meta.url));
const ASKED = "midge sub -u ann -P of-ann -W 30";

/** As its service does. */
async function startZigbee2mqtt({ machine, terminal }: Reader): Promise<void> {
  const program = `${PROGRAMS}/node_modules/zigbee2mqtt/cli.js`;
  await machine.mustRun(`cd '${terminal.folder}/zigbee2mqtt'
    export ZIGBEE2MQTT_DATA="$PWD" HOME_PROGRAMS='${PROGRAMS}'
    (nohup node --require '${STUB}' '${program}' >said.txt 2>&1 &)`);
  await untilSucceeds(machine, `${ASKED} -t zigbee2mqtt/bridge/state -C 1`);
}

tutorial("home_assistant.md", {
  missing: MISSING,
  typed: {
    "midge init --secure --host localhost --user ann --password-stdin --yes": "of-ann\n",
    "midge passwd passwords homeassistant": "of-home-assistant\n",
    "midge passwd passwords zigbee2mqtt": "of-the-bridge\n",
  },
  at: {
    "$ midge sub -u ann -P of-ann -t zigbee2mqtt/bridge/state -C 1": startZigbee2mqtt,
    // It waits some seconds before it tells of its bridge.
    "$ midge sub -u ann -P of-ann -t 'homeassistant/#' -v -C 2": ({ machine }) =>
      untilSucceeds(machine, `${ASKED} -t 'homeassistant/#' -C 2`),
  },
  async after({ machine }) {
    await machine.mustRun(`${ASKED} -t house/cellar/temperature -C 1`);
  },
});
