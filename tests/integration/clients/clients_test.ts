/**
 * Foreign MQTT clients against the broker: every scenario with every client at QoS 0, 1 and 2.
 *
 * A client that is not installed is skipped, and its test's name says so; MIDGE_REQUIRE_ALL=1 makes
 * that a failure. The Python clients (requirements.txt) are looked for with MIDGE_PYTHON, else
 * python3. MIDGE_TEST_BROKER=HOST:PORT tries another broker in Midge's place.
 */
import { optionalTest } from "../../support/optional.ts";
import { fileURLToPath } from "node:url";
import { agentDriver } from "./agent.ts";
import { mosquittoDriver } from "./mosquitto.ts";
import { SCENARIOS } from "./scenarios.ts";
import { withBroker } from "./broker_under_test.ts";
import type { Driver } from "./driver.ts";
import type { QoS } from "../../../lib/wire/packets.ts";

const python = Deno.env.get("MIDGE_PYTHON") ?? "python3";

const drivers: Driver[] = [
  mosquittoDriver,
  agentDriver({
    name: "mqtt.js",
    command: Deno.execPath(),
    args: denoRun("agents/mqttjs_agent.ts"),
    probe: ["--version"],
  }),
  agentDriver({
    name: "paho-mqtt",
    command: python,
    args: [path("agents/paho_agent.py")],
    probe: ["-c", "import paho.mqtt.client"],
  }),
  agentDriver({
    name: "aMQTT's client",
    command: python,
    args: [path("agents/amqtt_agent.py")],
    probe: ["-c", "import amqtt.client"],
  }),
];

for (const driver of drivers) {
  const reason = await driver.missing();
  for (const qos of [0, 1, 2] as const) {
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
    await withBroker((broker) => scenario.run({ driver, broker, qos, prefix }));
  });
}

function denoRun(file: string): string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];
  return ["run", "--quiet", "--no-prompt", ...permissions, path(file)];
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
