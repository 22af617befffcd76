/**
 * Foreign MQTT clients against the broker: every scenario with every client at QoS 0, 1 and 2, and once more
 * over WebSocket.
 *
 * A client that is not installed is skipped, and its test's name says so; MIDGE_REQUIRE_ALL=1 makes
 * that a failure. The Python clients (requirements.txt) are looked for with MIDGE_PYTHON, else
 * python3. MIDGE_TEST_BROKER=HOST:PORT tries another broker in Midge's place.
 */
import { optionalTest } from "../../support/optional.ts";
import { fileURLToPath } from "node:url";
import { type AgentCommand, agentDriver } from "./agent.ts";
import { mosquittoDriver } from "./mosquitto.ts";
import { SCENARIOS } from "./scenarios.ts";
import { OTHER_BROKER, withBroker } from "./broker_under_test.ts";
import type { Driver } from "./driver.ts";
import type { QoS } from "../../../lib/wire/packets.ts";

const python = Deno.env.get("MIDGE_PYTHON") ?? "python3";

const agents: AgentCommand[] = [
  {
    name: "mqtt.js",
    command: Deno.execPath(),
    args: denoRun("agents/mqttjs_agent.ts"),
    probe: ["--version"],
  },
  {
    name: "paho-mqtt",
    command: python,
    args: [path("agents/paho_agent.py")],
    probe: ["-c", "import paho.mqtt.client"],
  },
  {
    name: "aMQTT's client",
    command: python,
    args: [path("agents/amqtt_agent.py")],
    probe: ["-c", "import amqtt.client"],
  },
];
/** Those of mosquitto 2.0 have no WebSocket. */
const overWebSocket = agents.map((agent) => ({
  ...agent,
  name: `${agent.name} over WebSocket`,
  transport: "ws" as const,
}));

for (const driver of [mosquittoDriver, ...agents.map(agentDriver)]) {
  await registerAll(driver, [0, 1, 2]);
}
if (OTHER_BROKER === undefined) {
  // What is above the transport is the same at each QoS; frames are not, in the one with most packets.
  for (const agent of overWebSocket) await registerAll(agentDriver(agent), [2]);
}

async function registerAll(driver: Driver, levels: readonly QoS[]): Promise<void> {
  const reason = await driver.missing();
  for (const qos of levels) {
    for (const scenario of SCENARIOS) register(driver, qos, scenario, reason);
  }
}

function register(
  driver: Driver,
  qos: QoS,
  scenario: typeof SCENARIOS[number],
  reason: string | undefined,
): void {
  const title = `${driver.name}, QoS ${qos}: ${scenario.title}`;
  optionalTest(reason, title, async () => {
    const prefix = `clients/${crypto.randomUUID().slice(0, 8)}`;
    await withBroker(driver.transport, (broker) => scenario.run({ driver, broker, qos, prefix }));
  });
}

function denoRun(file: string): string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];
  return ["run", "--quiet", "--no-prompt", ...permissions, path(file)];
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
