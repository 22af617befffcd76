/** The client libraries of MQTT 5 that are tried, how each is run, and what each has no means for. */
import { fileURLToPath } from "node:url";
import { tryCommand } from "../clients/child.ts";
import type { AgentCommand5 } from "./agent.ts";

const PYTHON = Deno.env.get("MIDGE_PYTHON") ?? "python3";
/** Where build_clients5.sh puts what has to be compiled. */
export const BUILT = Deno.env.get("MIDGE_CLIENTS5") ?? cachedFolder();

/** All of them. */
export const LIBRARIES: readonly AgentCommand5[] = [
  {
    name: "mqtt.js",
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-net", "--allow-read", "--allow-env"],
      ...["--allow-sys", path("agents/mqttjs.ts")],
    ],
    missing: () => Promise.resolve(undefined),
    lacks: {},
  },
  {
    name: "paho-mqtt",
    command: PYTHON,
    args: [path("agents/paho_agent.py")],
    missing: () => tryCommand(PYTHON, ["-c", "import paho.mqtt.client"]),
    lacks: {
      "PUBREC refuses with 0x87": "it sends PUBREL all the same, and tells PUBCOMP's 0x92",
    },
  },
  {
    name: "gmqtt",
    command: PYTHON,
    args: [path("agents/gmqtt_agent.py")],
    missing: () => tryCommand(PYTHON, ["-c", "import gmqtt"]),
    lacks: {
      "WebSocket": "it has none",
      "a client without an id is given one": "it makes one up",
      "PUBACK tells that no one has subscribed": "it tells no reason of a PUBACK",
      "SUBACK and PUBACK refuse with 0x87": "it tells no reason of a PUBACK",
      "PUBREC refuses with 0x87": "it tells no reason of a PUBREC",
    },
  },
  {
    name: "autopaho",
    command: `${BUILT}/autopaho`,
    args: [],
    missing: () => built("autopaho"),
    lacks: {
      // packets.Connect packs a will's properties as those of a CONNECT.
      "a will has its properties": "it sends the user properties and the delay alone",
    },
  },
  {
    name: "HiveMQ's client",
    command: "java",
    // Small heaps start faster, and two cores need no thread a collector.
    args: [
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-cp",
      `${BUILT}/hivemq:${BUILT}/hivemq/*`,
      "Agent",
    ],
    missing: () => built("hivemq/Agent.class"),
    lacks: {
      "WebSocket": "it needs a module of its own",
      "subscription identifiers come with what they match": "it uses them itself and tells none",
    },
  },
];

/** Is it there? tests/integration/clients5/build_clients5.sh makes it. */
async function built(file: string): Promise<string | undefined> {
  try {
    await Deno.stat(`${BUILT}/${file}`);
    return undefined;
  } catch {
    return `there is no ${file}: build_clients5.sh makes it`;
  }
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function cachedFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "."}/.cache`;
  return `${cache}/midge/clients5`;
}
